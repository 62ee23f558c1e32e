"""Where things stand in the timeline, against positions computed by hand: 60 px are an hour, one px is a minute."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.model import StopId
from booking.views import DayView, RunView, VisitView
from gtfs.service_day import ServiceDay
from routing.model import Action, ShiftId
from tests.web.staff_fakes import DRIVE_S, EARLY, LATE, SPARE, TODAY, ZONE, at, made_up_day, rider, run, visit
from web.timeline import MIN_TARGET_PX, ROW_PX, PieceKind, Row, Timeline, draw_timeline

DEPOTS = {
    EARLY: (StopId("s0"), StopId("s0")),
    LATE: (StopId("s0"), StopId("s2")),
    SPARE: (StopId("s1"), StopId("s1")),
}


def drive_s(origin: StopId, destination: StopId) -> int:
    return 0 if origin == destination else DRIVE_S


def draw(day: DayView, *, now: datetime | None = None, px_per_hour: int = 60) -> Timeline:
    return draw_timeline(
        day, ServiceDay(day.on, ZONE), DEPOTS, drive_s, now or at(9, 0, day.on), px_per_hour=px_per_hour
    )


def pieces(row: Row) -> list[tuple[PieceKind, float, float]]:
    return [(piece.kind, piece.x, piece.width) for piece in row.pieces]


def one_run(*visits: VisitView, shift_id: ShiftId = EARLY, start: datetime, end: datetime, on: date = TODAY) -> DayView:
    return DayView(on, 1, (run(shift_id, start, end, visits, on),), 0, 0, {})


def test_the_axis_runs_from_the_first_full_hour_to_the_last() -> None:
    timeline = draw(made_up_day())
    assert timeline.width == 14 * 60
    assert [(mark.x, mark.at) for mark in timeline.hours[:2]] == [(0, at(6)), (60, at(7))]
    assert timeline.hours[-1].at == at(20)
    assert timeline.height == 3 * ROW_PX


def test_shifts_that_do_not_begin_on_the_hour_stand_within_full_hours() -> None:
    timeline = draw(one_run(start=at(6, 20), end=at(9, 40)))
    assert [mark.at for mark in timeline.hours] == [at(6), at(7), at(8), at(9), at(10)]
    assert (timeline.rows[0].x, timeline.rows[0].width) == (20, 200)


def test_a_stretch_lasts_from_the_first_boarding_until_the_vehicle_is_empty() -> None:
    first, second = draw(made_up_day()).rows[0].stretches
    assert (first.x, first.width) == (60, 35)
    assert (first.from_stop_name, first.to_stop_name) == ("Neudrossen, Markt", "Hinterburg, Bahnhof")
    assert (first.persons, first.held_lines, len(first.visits)) == (3, ("RE 8 07:40",), 3)
    assert [(mark.x, mark.width, mark.boards, mark.alights) for mark in first.visits] == [
        (60, 2, True, False),
        (75, 4, True, False),
        (90, 5, False, True),
    ]
    assert (second.number, second.visit_number, second.x, second.width, second.persons) == (2, 4, 185, 16, 1)


def test_a_stretch_too_narrow_for_a_finger_is_hit_beside_it_too() -> None:
    stretch = draw(made_up_day()).rows[1].stretches[0]
    assert stretch.width == 16
    assert (stretch.hit_x, stretch.hit_width) == (stretch.x - 4, MIN_TARGET_PX)


def test_a_vehicle_waits_first_and_leaves_as_late_as_it_can() -> None:
    row = draw(made_up_day()).rows[1]
    assert pieces(row) == [
        (PieceKind.WAIT, 120, 210),  # 08:00 to 11:30 at the depot
        (PieceKind.BREAK, 330, 30),
        (PieceKind.WAIT, 360, 20),  # 12:00 to 12:20, then ten minutes to the first rider
        (PieceKind.EMPTY_DRIVE, 380, 10),
        (PieceKind.WAIT, 406, 224),  # it ends where the last rider alights
    ]


def test_a_vehicle_drives_home_at_once_after_its_last_rider() -> None:
    end_of_day = [
        visit(0, at(7), 1, 1, rider(1, Action.PICKUP, at(7), "x")),
        visit(1, at(7, 20), 1, 0, rider(1, Action.DROPOFF, at(7, 20), "x")),
    ]
    row = draw(one_run(*end_of_day, start=at(7), end=at(9))).rows[0]
    assert pieces(row) == [(PieceKind.EMPTY_DRIVE, 21, 10), (PieceKind.WAIT, 31, 89)]


def test_a_run_without_riders_only_waits() -> None:
    assert pieces(draw(made_up_day()).rows[2]) == [(PieceKind.WAIT, 360, 480)]


def test_the_scale_stretches_everything() -> None:
    narrow, wide = draw(made_up_day()), draw(made_up_day(), px_per_hour=240)
    assert wide.width == 4 * narrow.width
    assert wide.rows[0].stretches[0].width == 4 * narrow.rows[0].stretches[0].width
    assert wide.height == narrow.height


@pytest.mark.parametrize(
    ("now", "x"), [(at(6), 0), (at(9, 12), 192), (at(20), 840), (at(5, 59), None), (at(20, 1), None)]
)
def test_now_is_shown_while_vehicles_are_due(now: datetime, x: float | None) -> None:
    assert draw(made_up_day(), now=now).now_x == x


def test_a_day_without_shifts_has_no_rows() -> None:
    timeline = draw(DayView(TODAY, 0, (), 0, 0, {}))
    assert (timeline.rows, timeline.hours, timeline.now_x) == ((), (), None)


@pytest.mark.parametrize(
    ("on", "start", "labels"),
    [
        # clocks go from 02:00 to 03:00: the shift from 00:30 to 05:00 lasts three and a half hours
        (date(2026, 3, 29), (0, 30), ["00:00", "01:00", "03:00", "04:00", "05:00"]),
        # clocks go from 03:00 back to 02:00: the shift lasts five and a half hours
        (date(2026, 10, 25), (0, 30), ["00:00", "01:00", "02:00", "02:00", "03:00", "04:00", "05:00"]),
        (date(2026, 12, 1), (0, 30), ["00:00", "01:00", "02:00", "03:00", "04:00", "05:00"]),
    ],
)
def test_an_hour_is_as_wide_as_any_other_when_clocks_change(
    on: date, start: tuple[int, int], labels: list[str]
) -> None:
    timeline = draw(one_run(start=at(*start, on), end=at(5, 0, on), on=on))
    assert [f"{mark.at.astimezone(ZONE):%H:%M}" for mark in timeline.hours] == labels
    assert [mark.x for mark in timeline.hours] == [60 * i for i in range(len(labels))]
    assert (timeline.rows[0].x, timeline.rows[0].width) == (30, 60 * (len(labels) - 1) - 30)


def test_a_shift_past_midnight_goes_on_to_the_right() -> None:
    timeline = draw(one_run(start=at(22), end=at(22) + timedelta(hours=3, minutes=30)))
    assert [f"{mark.at.astimezone(ZONE):%H}" for mark in timeline.hours] == ["22", "23", "00", "01", "02"]


def test_the_axis_follows_the_zone_of_the_district() -> None:
    india = ZoneInfo("Asia/Kolkata")  # half an hour beside the others
    start = datetime(2026, 12, 1, 6, 10, tzinfo=india).astimezone(UTC)
    day = one_run(start=start, end=start + timedelta(hours=1))
    timeline = draw_timeline(day, ServiceDay(TODAY, india), DEPOTS, drive_s, start, px_per_hour=60)
    assert [f"{mark.at.astimezone(india):%H:%M}" for mark in timeline.hours] == ["06:00", "07:00", "08:00"]
    assert timeline.rows[0].x == 10


@st.composite
def runs(draw_from: st.DrawFn) -> RunView:
    """Parties one after the other, sometimes two at once, with gaps; a break here and there."""
    now, visits, number = at(6), [], 0
    for _ in range(draw_from(st.integers(0, 5))):
        now += timedelta(minutes=draw_from(st.integers(0, 60)))
        if draw_from(st.booleans()):
            visits.append(visit(0, now, 30, 0))
            now += timedelta(minutes=30)
            continue
        both = draw_from(st.booleans())
        for action, on_board in [(Action.PICKUP, 1), *([(Action.PICKUP, 2), (Action.DROPOFF, 1)] * both)]:
            number += 1
            visits.append(visit(draw_from(st.integers(0, 2)), now, 1, on_board, rider(number, action, now, "x")))
            now += timedelta(minutes=draw_from(st.integers(1, 20)))
        visits.append(visit(draw_from(st.integers(0, 2)), now, 1, 0, rider(number, Action.DROPOFF, now, "x")))
        now += timedelta(minutes=1)
    return run(EARLY, at(6), now + timedelta(minutes=draw_from(st.integers(1, 90))), tuple(visits))


@given(runs())
def test_pieces_and_stretches_fill_the_shift_without_gap_or_overlap(found: RunView) -> None:
    row = draw(DayView(TODAY, 1, (found,), 0, 0, {})).rows[0]
    parts = sorted([(p.x, p.width) for p in row.pieces] + [(s.x, s.width) for s in row.stretches])
    end = row.x
    for x, width in parts:
        assert x == pytest.approx(end, abs=0.2)
        end = x + width
    assert end == pytest.approx(row.x + row.width, abs=0.2)


@given(runs())
def test_every_visit_of_riders_stands_in_exactly_one_stretch(found: RunView) -> None:
    row = draw(DayView(TODAY, 1, (found,), 0, 0, {})).rows[0]
    assert sum(len(s.visits) for s in row.stretches) == sum(not v.is_break for v in found.visits)
    assert all(s.hit_width >= MIN_TARGET_PX for s in row.stretches)


def test_rows_keep_the_order_of_the_day() -> None:
    day = made_up_day()
    turned = replace(day, runs=tuple(reversed(day.runs)))
    rows = draw(turned).rows
    assert [row.run.shift_id for row in rows] == [SPARE, LATE, EARLY]
    assert [row.y for row in rows] == [0, ROW_PX, 2 * ROW_PX]
