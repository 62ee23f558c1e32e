"""Every parameter of the rules has a test in a made-up town with its answer computed by hand."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.booking.rule_cases import list_parameters

HERE = Path(__file__).parent


def covered() -> Iterator[str]:
    """What stands in ``@covers(…)`` over the tests beside this one."""
    for path in HERE.glob("test_rules_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
            for call in decorators:
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "covers":
                    yield from (str(arg.value) for arg in call.args if isinstance(arg, ast.Constant))


def test_every_parameter_of_the_rules_has_its_test() -> None:
    assert set(list_parameters()) - set(covered()) == set()


def test_no_test_is_for_a_parameter_that_is_gone() -> None:
    assert set(covered()) - set(list_parameters()) == set()
