"""``rufnetz rules``: what a transport office sees."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.tiny_district import write_tiny_district
from web.cli import app

_MORE = """
[version.phone]
needs_desk = true
only = ["wheelchair"]

[version.soft_deadline]
max_extra_min = 5
within_min = 15

[version.late_quota]
early_percent = 80
early_min = 180

[[version.latest_order]]
pickup_before = "08:00"
order_by = "17:00"

[[version.form]]
name = "Zone West"
areas = ["west"]

[[version.form.departures]]
times = ["09:10", "11:10"]
directions = ["within"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_tiny_district(tmp_path / "tiny")


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["rules", *words], env={"COLUMNS": "500"})


def explain(folder: Path, *words: str) -> Result:
    now = [] if "--now" in words else ["--now", "2026-03-03T06:30"]
    return run("explain", str(folder), *words, *now)


def add(folder: Path, text: str) -> None:
    with (folder / "rules.toml").open("a", encoding="utf-8") as file:
        file.write(text)


def line_of(folder: Path, text: str) -> int:
    lines = (folder / "rules.toml").read_text(encoding="utf-8").splitlines()
    return next(i for i, line in enumerate(lines, start=1) if line.startswith(text))


TO_CRAMNITZ = ("--from", "Brüelow, Markt", "--to", "cramnitz-markt", "--when", "2026-03-03T10:00")


def test_an_allowed_enquiry_is_told_rule_by_rule_with_lines_and_values(folder: Path) -> None:
    result = explain(folder, *TO_CRAMNITZ)
    assert result.exit_code == 0, result.output
    web = line_of(folder, "web = 60")
    assert f"[2020-01/lead_min.web, rules.toml, line {web}]" in result.output
    assert "ordered at least 60 minutes before; this order comes 210 minutes before." in result.output
    assert "direction within" in result.output
    assert "The fare is 2.80 EUR: 1 x 2.80 EUR (full fare); paid by cash." in result.output
    assert "The rules allow a ride" in result.output


@pytest.mark.parametrize(
    ("words", "rule", "reason", "sentence"),
    [
        (("--now", "2026-03-03T09:30"), "lead_min", "too_late_to_order", "at least 60 minutes before"),
        (("--channel", "phone", "--now", "2026-03-03T05:00"), "desk_hours", "desk_closed", "The telephone is answered"),
        (("--wheelchairs", "1"), "phone.only", "need_by_phone_only", "By phone only: wheelchair"),
        (("--persons", "5"), "max_party_online", "by_phone_only", "At most 4 persons without a phone call"),
        (("--when", "2026-03-03T07:30"), "latest_order", "too_late_to_order", "until Mon 2026-03-02 17:00"),
        (("--when", "2026-03-03T23:30"), "service_hours", "outside_service_hours", "from 05:00 to 23:00"),
    ],
)
def test_the_rule_that_decides_is_named(
    folder: Path, words: tuple[str, ...], rule: str, reason: str, sentence: str
) -> None:
    add(folder, _MORE)
    result = explain(folder, *TO_CRAMNITZ, *words)
    assert result.exit_code == 1, result.output
    assert f"No ride: 2020-01/{rule} decides ({reason})." in result.output
    assert any(line.startswith("no ") and sentence in line for line in result.output.splitlines()), result.output


def test_forms_guide_times_quota_and_soft_deadline_are_told(folder: Path) -> None:
    add(folder, _MORE)
    result = explain(folder, *TO_CRAMNITZ, "--now", "2026-03-03T09:30")
    assert 'Form "Zone West" joins Brüelow, Markt to Cramnitz, Markt, direction within.' in result.output
    assert f"line {line_of(folder, '[[version.form]]')}]" in result.output
    assert "Rides begin at about 09:10, 11:10." in result.output
    assert "this order is not early" in result.output
    assert "a vehicle that serves somebody within 15 minutes needs at most 5 minutes more" in result.output


def test_places_that_no_form_joins_are_told(folder: Path) -> None:
    result = explain(folder, "--from", "cramnitz-markt", "--to", "doessin-markt", "--when", "2026-03-03T10:00")
    assert any(line.startswith("no  No form of service joins") for line in result.output.splitlines()), result.output


def test_programs_get_one_json_object(folder: Path) -> None:
    result = explain(folder, *TO_CRAMNITZ, "--json", "--persons", "9")
    found = json.loads(result.stdout)
    assert found["is_allowed"] is False
    assert found["decided_by"] == {"rule": "2020-01/max_party", "reason": "party_too_large"}
    ruling = next(r for r in found["rulings"] if r["key"] == "max_party")
    assert (ruling["line"], ruling["verdict"], ruling["values"]) == (
        line_of(folder, "max_party"),
        "forbids",
        {"max": 8},
    )


def test_an_enquiry_may_be_given_as_the_api_takes_it(folder: Path, tmp_path: Path) -> None:
    enquiry = {
        "origin": {"stop_id": "brueelow-markt"},
        "destination": {"lon": 11.1508, "lat": 53.4, "label": "Cramnitz"},
        "depart_after": "2026-03-03T10:00:00+01:00",
        "party": {"persons": 2},
        "tickets": ["senior"],
    }
    file = tmp_path / "enquiry.json"
    file.write_text(json.dumps(enquiry), encoding="utf-8")
    for text in (json.dumps(enquiry), str(file)):
        result = explain(folder, "--enquiry", text)
        assert result.exit_code == 0, result.output
        assert "Not known to the tariff: senior." in result.output
    assert explain(folder, "--enquiry", '{"origin": 7}').exit_code == 2
    assert explain(folder, "--enquiry", "no-such-file.json").exit_code == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--from", "Brüelow", "--to", "Nirgendwo", "--when", "10:00"), 'Nothing is called "Nirgendwo"'),
        (("--from", "Siedlung", "--to", "Brüelow", "--when", "10:00"), "may be Altwiek, Siedlung; Brüelow, Siedlung"),
        (("--from", "Brüelow", "--to", "Cramnitz"), "Give --from, --to and --when"),
        (("--from", "Brüelow", "--to", "Cramnitz", "--when", "soon"), "no point in time"),
        (("--from", "Brüelow", "--to", "200,53", "--when", "10:00"), "no place on earth"),
        ((*TO_CRAMNITZ, "--wheelchairs", "2"), "more wheelchairs than persons"),
    ],
)
def test_a_question_with_a_mistake_is_told_what_it_is(folder: Path, words: tuple[str, ...], told: str) -> None:
    result = explain(folder, *words)
    assert result.exit_code == 2
    assert told in result.stderr


def test_check_lists_versions_forms_and_oversights(folder: Path) -> None:
    add(
        folder,
        _MORE.replace('"09:10"', '"03:10"').replace("early_min = 180", "early_min = 30")
        + '\n[[version.form]]\nname = "Linie 5"\nareas = ["west"]\nstop_order = ["cramnitz-markt", "luebzow-markt"]\n',
    )
    result = run("check", str(folder))
    assert result.exit_code == 0, result.output
    assert '"2020-01" from 2020-01-01, line 2 (holds today); forms of service: Zone West, Linie 5' in result.output
    assert 'departures of form "Zone West" lie outside of all service hours: 03:10' in result.output
    assert "places are kept up to 30 minutes before" in result.output
    assert 'stops of the corridor "Linie 5" lie in none of its areas: luebzow-markt' in result.output
    assert "1 areas are named by no form and are served freely: Reihendorf Ost" in result.output


MISTAKES = {
    "an unknown area": ('areas = ["west"]', 'areas = ["wets"]', '"wets" is not an area', 'write "west"'),
    "a misspelt key": ("needs_desk", "need_desk", '"need_desk" is not a setting here', "needs_desk"),
    "an unknown direction": ('["within"]', '["inside"]', '"inside" is no direction', "within"),
    "a time that is none": ('"17:00"', '"17h"', '"17h" is not a time of day', "07:30"),
    "an unknown need": ('["wheelchair"]', '["wheelchairs"]', '"wheelchairs" is no class', 'write "wheelchair"'),
    "a missing key": ("within_min = 15", "", 'soft_deadline.within_min" is missing', "add it"),
    "times and a raster": ("times = [", 'every_min = 30\nfirst = "08:00"\nlast = "09:00"\ntimes = [', "both", "either"),
    "a share over all": ("early_percent = 80", "early_percent = 180", "180", "between 0 and 100"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_the_new_rules_has_its_line_and_remedy(folder: Path, name: str) -> None:
    before, after, message, remedy = MISTAKES[name]
    add(folder, _MORE.replace(before, after, 1))
    result = run("check", str(folder))
    assert result.exit_code == 1
    (line,) = [line for line in result.stderr.splitlines() if message in line]
    assert line.startswith("rules.toml, line ")
    assert remedy in line
