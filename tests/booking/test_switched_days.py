"""``timetable_days.csv``: read with its mistakes told by line, and honoured where a day's timetable is chosen.

In the tiny district bus 10 runs on weekdays (and not on 2026-12-25), RE 1 daily, until 2035. School holidays are
2026-07-13 to 2026-08-22.
"""

from datetime import date
from pathlib import Path

import pytest

from booking.artefacts import build_artefacts, open_artefacts
from booking.district import LineDay
from booking.district_files import DistrictError, read_district
from booking.district_problems import Problems
from booking.district_switched_days import read_switched_days
from booking.switched_days import switch_days
from gtfs.feed import read_feed
from gtfs.service_day import ServiceDay
from gtfs.timetable import Timetable, build_timetable
from tests.tiny_district import write_tiny_district

HEADER = "date,runs_like,reason\n"
TODAY = date(2026, 3, 10)
TUESDAY, WEDNESDAY, SATURDAY = date(2026, 3, 10), date(2026, 3, 11), date(2026, 3, 14)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny district, whose ``timetable_days.csv`` each test writes anew."""
    return write_tiny_district(tmp_path_factory.mktemp("district"))


@pytest.fixture(scope="module")
def timetable(folder: Path) -> Timetable:
    return build_timetable([read_feed(folder / "timetable")])


def switched(folder: Path, timetable: Timetable, rows: str, today: date = TODAY) -> Timetable:
    (folder / "timetable_days.csv").write_text(HEADER + rows, encoding="utf-8")
    return switch_days(read_district(folder), timetable, today)


def lines_on(timetable: Timetable, on: date) -> set[str]:
    """The names of the lines that run on a day."""
    day = timetable.day(ServiceDay(on, timetable.zone))
    return {timetable.routes[timetable.trips.route[trip.trip]].name for trip in day.trips}


def problems_of(tmp_path: Path, rows: str) -> list[str]:
    path = tmp_path / "timetable_days.csv"
    path.write_text(HEADER + rows, encoding="utf-8")
    problems = Problems()
    read_switched_days(path, problems)
    with pytest.raises(DistrictError) as told:
        problems.raise_if_any()
    return [str(problem) for problem in told.value.problems]


def test_without_the_file_nothing_is_switched(tmp_path: Path) -> None:
    assert read_switched_days(tmp_path / "timetable_days.csv", Problems()) == ()


def test_dates_and_kinds_of_days_are_read(tmp_path: Path) -> None:
    path = tmp_path / "timetable_days.csv"
    path.write_text(HEADER + "2026-12-24,2026-12-19,Heiligabend\n2027-01-08,school_holiday,Schnee\n", encoding="utf-8")
    first, second = read_switched_days(path, Problems())
    assert (first.on, first.like, first.reason, first.line) == (
        date(2026, 12, 24),
        date(2026, 12, 19),
        "Heiligabend",
        2,
    )
    assert second.like is LineDay.SCHOOL_HOLIDAY


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("11.3.2026,sunday,Schnee\n", 'line 2: "date" is "11.3.2026", which is not a date'),
        ("2026-03-11,sonntag,Schnee\n", 'line 2: "runs_like" is "sonntag", which is neither a date nor a kind of day'),
        ("2026-03-11,sundays,Schnee\n", 'write "sunday" if that is meant'),
        ("2026-03-11,,Schnee\n", 'line 2: "runs_like" is empty'),
        ("2026-03-11,sunday,\n", 'line 2: "reason" is empty'),
        ("2026-03-11,2026-03-11,Schnee\n", "line 2: 2026-03-11 is to run like itself"),
        ("2026-03-11,sunday,a\n2026-03-11,nothing,b\n", "line 3: 2026-03-11 already stands in line 2"),
        ("2206-03-11,sunday,Schnee\n", "line 2: the year has a wrong digit"),
        ("2026-03-11,0026-03-08,Schnee\n", "line 2: the year has a wrong digit"),
        ("2026-03-11;sunday;Schnee\n", "line 2: the row has 1 cells, the header has 3"),
    ],
)
def test_mistakes_are_told_by_line(tmp_path: Path, rows: str, expected: str) -> None:
    [problem] = problems_of(tmp_path, rows)
    assert problem.startswith("timetable_days.csv, line ")
    assert expected in problem


@pytest.mark.parametrize(
    ("on", "like", "lines"),
    [
        (WEDNESDAY, "2026-03-15", {"RE 1"}),  # a Sunday
        (WEDNESDAY, "sunday", {"RE 1"}),
        (WEDNESDAY, "saturday", {"RE 1"}),
        (WEDNESDAY, "nothing", set()),
        (SATURDAY, "2026-03-13", {"RE 1", "10"}),  # a Friday
        (SATURDAY, "school_day", {"RE 1", "10"}),
        (date(2026, 12, 25), "2026-12-23", {"RE 1", "10"}),  # the feed's own exception is overruled
        (date(2035, 12, 31), "2035-12-30", {"RE 1"}),  # the last day of the feed
        (date(2036, 1, 1), "2035-12-30", {"RE 1"}),  # a timetable prolonged by hand
    ],
)
def test_the_lines_run_as_on_the_other_day(
    folder: Path, timetable: Timetable, on: date, like: str, lines: set[str]
) -> None:
    after = switched(folder, timetable, f"{on},{like},Schnee\n")
    assert lines_on(after, on) == lines
    for offset in (1, 2):  # and the days around it as ever
        for day in (date.fromordinal(on.toordinal() + offset), date.fromordinal(on.toordinal() - offset)):
            assert lines_on(after, day) == lines_on(timetable, day)


def test_the_same_day_of_the_week_comes_before_a_nearer_one(folder: Path, timetable: Timetable) -> None:
    # On Tuesday, 21 July 2026, in the holidays, bus 10 does not run; on all other days of that week it does.
    dates = folder / "timetable" / "calendar_dates.txt"
    before = dates.read_text(encoding="utf-8")
    dates.write_text(before + "weekdays,20260714,2\n", encoding="utf-8")
    try:
        changed = build_timetable([read_feed(folder / "timetable")])
    finally:
        dates.write_text(before, encoding="utf-8")
    # The nearest Tuesday in the holidays is 14 July; Monday the 13th would be nearer.
    after = switched(folder, changed, "2026-07-07,school_holiday,Hitze\n")
    assert lines_on(after, date(2026, 7, 7)) == {"RE 1"}
    assert lines_on(timetable, date(2026, 7, 7)) == {"RE 1", "10"}


def test_a_switched_day_is_no_model_for_another(folder: Path, timetable: Timetable) -> None:
    after = switched(folder, timetable, "2026-03-15,nothing,Streik\n2026-03-16,sunday,Schnee\n")
    assert lines_on(after, date(2026, 3, 15)) == set()
    assert lines_on(after, date(2026, 3, 16)) == {"RE 1"}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            "2026-03-11,2036-05-01,Schnee\n",
            "2026-03-11 is to run like 2036-05-01, when nothing runs; the timetable holds",
        ),
        ("2026-03-11,school_holiday,Schnee\n", ""),
        (
            "2037-03-11,sunday,Schnee\n",
            'there is no day of the kind "sunday" near 2037-03-11; the timetable holds from',
        ),
    ],
)
def test_a_model_on_which_nothing_runs_is_a_mistake(
    folder: Path, timetable: Timetable, row: str, expected: str
) -> None:
    if not expected:  # the summer holidays are 124 days away
        assert lines_on(switched(folder, timetable, row), WEDNESDAY) == {"RE 1", "10"}
        return
    with pytest.raises(DistrictError) as told:
        switched(folder, timetable, row)
    assert f"timetable_days.csv, line 2: {expected}" in str(told.value)


def test_a_day_gone_by_is_no_mistake_whatever_the_timetable_knows(folder: Path, timetable: Timetable) -> None:
    after = switched(folder, timetable, "2026-03-09,2036-05-01,Schnee\n")
    assert lines_on(after, date(2026, 3, 9)) == {"RE 1", "10"}


def test_the_service_takes_it_without_a_build_and_a_build_tells_of_mistakes(tmp_path: Path) -> None:
    folder, built = write_tiny_district(tmp_path / "district"), tmp_path / "built"
    build_artefacts(read_district(folder), built, progress=lambda _: None)
    days = folder / "timetable_days.csv"
    days.write_text(HEADER + "2035-03-14,nothing,Streik\n", encoding="utf-8")
    opened = open_artefacts(read_district(folder), built).timetable
    assert lines_on(opened, date(2035, 3, 14)) == set()
    assert lines_on(opened, date(2035, 3, 15)) == {"RE 1", "10"}
    days.write_text(HEADER + "2035-03-14,2036-03-09,Streik\n", encoding="utf-8")
    with pytest.raises(DistrictError, match=r"timetable_days\.csv, line 2"):
        open_artefacts(read_district(folder), built)
    with pytest.raises(DistrictError, match=r"timetable_days\.csv, line 2"):
        build_artefacts(read_district(folder), built, progress=lambda _: None)
