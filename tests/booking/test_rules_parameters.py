"""Every parameter of the rules has a test in a made-up town with its answer computed by hand."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from booking.district_problems import Problems
from booking.district_rules import read_rulebook
from booking.district_toml import TomlTable
from tests.booking.rule_cases import list_parameters, rules_of

HERE = Path(__file__).parent
EVERY_PART = """
[[version.fare.band]]
up_to_km = 5
ct = 100

[[version.fare.zone_pair]]
areas = ["west", "east"]
ct = 100

[[version.fare.concession]]
id = "x"
name = "x"
pays_percent = 0

[[version.lead_exception]]
minutes = 5

[[version.latest_order]]
order_by = "17:00"

[version.phone]
needs_desk = true

[version.late_quota]
early_percent = 80
early_min = 5

[version.no_show]
max_no_shows = 3
within_days = 5

[version.soft_deadline]
max_extra_min = 5
within_min = 5

[version.door_to_door]
needs = []

[version.overflow]
owners = []

[[version.form]]
name = "x"

[[version.form.departures]]
every_min = 30
first = "08:00"
last = "09:00"
"""


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


def test_the_reference_names_every_key(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[str] = set()
    finish = TomlTable.finish

    def note(table: TomlTable) -> None:
        asked.update(table._known)
        finish(table)

    monkeypatch.setattr(TomlTable, "finish", note)
    rules_of(add=EVERY_PART)
    reference = (HERE.parents[1] / "docs" / "rules.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`\[*(?:version\.)?(?:[a-z]+\.)?([a-z_]+)\]*(?: = [^`]*)?`", reference))
    assert asked - named == set()


def test_every_example_of_the_folder_to_fill_in_can_be_read(tmp_path: Path) -> None:
    skeleton = (HERE.parents[1] / "booking" / "district_skeleton" / "rules.toml").read_text(encoding="utf-8")
    path = tmp_path / "rules.toml"
    path.write_text(re.sub(r"(?m)^# (?=\[|[a-z_]+ = )", "", skeleton), encoding="utf-8")
    problems = Problems()
    rulebook = read_rulebook(path, problems)
    problems.raise_if_any()
    assert rulebook is not None
    (rules,) = rulebook.versions
    assert rules.orders.soft_deadline.is_on
    assert len(rules.service.forms[0].departures[0].guide_times_s) == 7, "from 06:10 to 18:10, every two hours"
