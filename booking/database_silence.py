"""Errors of the database without the values they are about: those may be a name, and errors end up in logs.

``hide_parameters`` keeps the parameters of statements out. But the server's own text repeats the row that it did not
take (``Failing row contains …``, ``Key (code)=(…) already exists``), and for a value of the wrong form the value.
"""

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

_DATA_EXCEPTION = "22"
"""Class of SQLSTATE in which even the first line of the text may repeat a value."""


def silence_values(engine: Engine) -> None:
    """Let errors of an engine's statements say what went wrong, where, and no value. ``diag`` keeps the rest."""
    event.listen(engine, "handle_error", _silence)


def _silence(context: ExceptionContext) -> None:
    fault = context.original_exception
    if not isinstance(fault, psycopg.Error) or fault.sqlstate is None:
        return
    told = fault.diag.message_primary or ""
    if fault.sqlstate.startswith(_DATA_EXCEPTION):
        told = "a value has the wrong form"
    fault.args = (f"{told} (SQLSTATE {fault.sqlstate})",)
    if context.sqlalchemy_exception is not None:
        kind = type(fault)
        context.sqlalchemy_exception.args = (f"({kind.__module__}.{kind.__name__}) {fault}",)
