"""Who may call what the staff of a district calls."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Cookie, Header

from booking.errors import NotAllowedError
from booking.operation import Operation
from booking.views import StaffView

DRIVER, DISPATCHER = "driver", "dispatcher"


def staff_gate(operation: Operation, *roles: str) -> Callable[..., StaffView]:
    """A dependency that lets staff in, with any of some roles if there are any.

    The login comes as cookie or as ``Authorization: Bearer``.
    """

    def require(
        rufnetz_staff: Annotated[str | None, Cookie()] = None, authorization: Annotated[str | None, Header()] = None
    ) -> StaffView:
        token = rufnetz_staff
        if authorization is not None and authorization.lower().startswith("bearer "):
            token = authorization[7:]
        found = None if token is None else operation.find_staff(token)
        if found is None:
            msg = "Please log in: POST name and password to /api/v1/staff/login."
            raise NotAllowedError(msg)
        if roles and found.role not in roles:
            msg = f"This is for a {' or a '.join(roles)}; you are logged in as {found.role}."
            raise NotAllowedError(msg)
        return found

    return require
