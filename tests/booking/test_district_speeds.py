"""``speeds.toml`` calibrates the roads of a district; a mistake in it is told with file, line and remedy."""

from dataclasses import replace
from pathlib import Path

import pytest

from booking.district import District
from booking.district_files import DistrictError, Problem, read_district
from routing.osm_speeds import DEFAULT_SPEEDS, ClassSpeed, Period
from tests.tiny_district import write_tiny_district

_SPEEDS = """\
driven_share = 0.9
lateral_m_s2 = 1.5

[class.tertiary]
known_kmh = 70
unknown_kmh = 50

[surface_kmh]
gravel = 25
asphalt = 95

[delay_s]
signals = 12

[[period]]
name = "pupils"
days = ["weekday"]
hours = ["07:00", "08:00"]
factor = 1.1

[period.class_factor]
primary = 1.3

[[period]]
name = "night"
hours = ["22:00", "26:00"]
"""


def _read(folder: Path, text: str) -> District:
    write_tiny_district(folder)
    (folder / "speeds.toml").write_text(text, encoding="utf-8")
    return read_district(folder)


def _problems(folder: Path, text: str) -> tuple[Problem, ...]:
    with pytest.raises(DistrictError) as caught:
        _read(folder, text)
    return caught.value.problems


def test_without_the_file_the_default_holds(tmp_path: Path) -> None:
    assert read_district(write_tiny_district(tmp_path / "tiny")).speeds is DEFAULT_SPEEDS


def test_an_empty_file_changes_nothing_but_names_more_surfaces(tmp_path: Path) -> None:
    speeds = _read(tmp_path / "tiny", "").speeds
    assert speeds.classes == DEFAULT_SPEEDS.classes
    assert speeds.delays_s == DEFAULT_SPEEDS.delays_s


def test_the_documented_file_shows_the_default(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "districts" / "README.md").read_text(encoding="utf-8")
    speeds = _read(tmp_path / "tiny", text.split("```toml\n")[1].split("```")[0]).speeds
    assert replace(speeds, periods=(), surfaces=DEFAULT_SPEEDS.surfaces) == DEFAULT_SPEEDS
    assert [speeds.surfaces[name] for name in DEFAULT_SPEEDS.surfaces] == list(DEFAULT_SPEEDS.surfaces.values())
    (period,) = speeds.periods
    assert (period.name, period.factor, period.class_factors) == ("school run", 1.1, {"primary": 1.25})


def test_what_the_file_says_replaces_the_default(tmp_path: Path) -> None:
    speeds = _read(tmp_path / "tiny", _SPEEDS).speeds
    assert (speeds.driven_share, speeds.lateral_m_s2, speeds.link_share) == (0.9, 1.5, 0.6)
    assert speeds.classes["tertiary"] == ClassSpeed(70, 50, 65)
    assert (speeds.surfaces["gravel"], speeds.surfaces["asphalt"], speeds.surfaces["sand"]) == (25, 95, 10)
    assert (speeds.delays_s["signals"], speeds.delays_s["stop"]) == (12, 6)
    assert speeds.periods == (
        Period("pupils", frozenset({"weekday"}), 25_200, 28_800, factor=1.1, class_factors={"primary": 1.3}),
        Period("night", frozenset(), 79_200, 93_600),
    )


@pytest.mark.parametrize(
    ("text", "line", "message", "remedy"),
    [
        ("driven_shar = 0.9", 1, '"driven_shar" is not a setting here', 'write "driven_share" if that is meant'),
        ("\ndriven_share = 9", 2, '"driven_share" is 9', "it must be between 0.3 and 1.0"),
        ('driven_share = "0.9"', 1, "\"driven_share\" is '0.9'", "it must be a number without quotation marks"),
        ("[class.terciary]\nknown_kmh = 5", 1, '"terciary" is not a setting here', 'write "tertiary" if that is meant'),
        ("[class.tertiary]\nkmh = 5", 2, '"kmh" is not a setting here', "known are known_kmh, open_kmh, unknown_kmh"),
        ("[class.tertiary]\nknown_kmh = 0", 2, '"known_kmh" is 0', "it must be between 1.0 and 130.0"),
        ("[surface_kmh]\ngravell = 5", 2, '"gravell" is not a setting here', 'write "gravel" if that is meant'),
        ("[delay_s]\nsignals = -1", 2, '"signals" is -1', "it must be between 0.0 and 600.0"),
        ("surface_kmh = 5", 1, '"surface_kmh" is 5', "it must be a table: its own part [surface_kmh]"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_remedy(
    tmp_path: Path, text: str, line: int, message: str, remedy: str
) -> None:
    assert _problems(tmp_path / "tiny", text) == (Problem("speeds.toml", line, message, remedy),)


_PERIOD = '[[period]]\nname = "a"\nhours = ["07:00", "08:00"]\n'


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('[[period]]\nhours = ["07:00", "08:00"]', 1, '"period.name" is missing'),
        ('[[period]]\nname = "a"', 1, '"period.hours" is missing'),
        ('[[period]]\nname = "a"\nhours = ["08:00", "07:00"]', 3, 'in "hours", 08:00 to 07:00 ends before it begins'),
        (_PERIOD + 'days = ["monday"]', 4, '"monday" is not a kind of day'),
        (_PERIOD + "factor = 50", 4, '"factor" is 50'),
        (_PERIOD + "[period.class_factor]\nlane = 1.2", 5, '"lane" is not a setting here'),
        (_PERIOD + _PERIOD, 5, 'there are two periods named "a"'),
    ],
)
def test_a_mistake_in_a_period_is_told_with_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    (problem,) = _problems(tmp_path / "tiny", text)
    assert (problem.file, problem.line, problem.message) == ("speeds.toml", line, message)
    assert problem.remedy
