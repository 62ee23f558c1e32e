"""Booking rules: every form of prior notice, read, written and counted on the calendar."""

import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtfs.flex_booking import booking_span
from gtfs.flex_cells import RowFaults
from gtfs.flex_model import BookingRule, BookingType, FlexServices
from gtfs.flex_reading import FlexFeed
from gtfs.flex_rules import read_rules
from gtfs.flex_writing import pack, write_flex_feed
from gtfs.service_day import ServiceDay
from gtfs.text_tables import read_text_table

BERLIN = ZoneInfo("Europe/Berlin")
REAL_TIME, SAME_DAY, PRIOR_DAYS = BookingType
HOUR_S = 3600
HEADER = (
    "booking_rule_id,booking_type,prior_notice_duration_min,prior_notice_duration_max,prior_notice_last_day,"
    "prior_notice_last_time,prior_notice_start_day,prior_notice_start_time,prior_notice_service_id,message"
)


def read(*rows: str) -> tuple[tuple[BookingRule, ...], list[str]]:
    raw = "\n".join([HEADER, *rows, ""]).encode()
    table = read_text_table(Path("feed"), "booking_rules.txt", raw)
    lines = pl.Series("line", [table.line(row) for row in table.text["row"]], pl.Int64)
    faults = RowFaults()
    rules = read_rules(table.text.drop("row").with_columns(lines), {"business"}, faults)
    return rules, [f"{f.line} {f.field}: {f.message}" for f in faults.as_tuple()]


GOOD = {
    "r,0,,,,,,,,": BookingRule("r", REAL_TIME),
    "r,1,30,,,,,,,": BookingRule("r", SAME_DAY, min_notice_s=1800),
    "r,1,60,40320,,,,,,": BookingRule("r", SAME_DAY, min_notice_s=HOUR_S, max_notice_s=28 * 24 * HOUR_S),
    "r,1,60,,,,7,08:00:00,,": BookingRule("r", SAME_DAY, min_notice_s=HOUR_S, start_days=7, start_time_s=8 * HOUR_S),
    "r,2,,,1,15:00:00,,,,": BookingRule("r", PRIOR_DAYS, last_days=1, last_time_s=15 * HOUR_S),
    "r,2,,,1,15:00:00,14,08:00:00,business,Bitte anrufen": BookingRule(
        "r",
        PRIOR_DAYS,
        last_days=1,
        last_time_s=15 * HOUR_S,
        start_days=14,
        start_time_s=8 * HOUR_S,
        service_id="business",
        message="Bitte anrufen",
    ),
}


@pytest.mark.parametrize("row", GOOD)
def test_every_form_of_prior_notice_is_read(row: str) -> None:
    assert read(row) == ((GOOD[row],), [])


MENDED = {
    "r,1,,,,,,,,": (
        BookingRule("r", SAME_DAY, min_notice_s=0),
        "prior_notice_duration_min: same-day booking needs a notice in minutes; no notice was assumed.",
    ),
    "r,0,5,,,,,,,": (
        BookingRule("r", REAL_TIME),
        "prior_notice_duration_min: '5' is not for booking_type 0; it was left out.",
    ),
    "r,1,5,,1,,,,,": (
        BookingRule("r", SAME_DAY, min_notice_s=300),
        "prior_notice_last_day: '1' is not for booking_type 1; it was left out.",
    ),
    "r,2,60,,1,12:00:00,,,,": (
        BookingRule("r", PRIOR_DAYS, last_days=1, last_time_s=12 * HOUR_S),
        "prior_notice_duration_min: '60' is not for booking_type 2; it was left out.",
    ),
    "r,2,,,,12:00:00,,,,": (
        BookingRule("r", PRIOR_DAYS, last_days=1, last_time_s=12 * HOUR_S),
        "prior_notice_last_day: booking on days before needs the last day; the day before was assumed.",
    ),
    "r,2,,,2,,,,,": (
        BookingRule("r", PRIOR_DAYS, last_days=2),
        (
            "prior_notice_last_time: nothing says until when on the last day one may book; "
            "the end of that day was assumed."
        ),
    ),
    "r,1,60,30,,,,,,": (
        BookingRule("r", SAME_DAY, min_notice_s=HOUR_S),
        "prior_notice_duration_max: '30' is less than prior_notice_duration_min; it was left out.",
    ),
    "r,1,60,90,,,7,08:00:00,,": (
        BookingRule("r", SAME_DAY, min_notice_s=HOUR_S, max_notice_s=5400),
        "prior_notice_start_day: '7' stands beside prior_notice_duration_max; it was left out.",
    ),
    "r,2,,,3,12:00:00,2,08:00:00,,": (
        BookingRule("r", PRIOR_DAYS, last_days=3, last_time_s=12 * HOUR_S),
        "prior_notice_start_day: '2' is later than prior_notice_last_day; it was left out.",
    ),
    "r,1,60,,,,7,,,": (
        BookingRule("r", SAME_DAY, min_notice_s=HOUR_S, start_days=7),
        (
            "prior_notice_start_time: nothing says from when on the first day one may book; "
            "the beginning of that day was assumed."
        ),
    ),
    "r,1,60,,,,,08:00:00,,": (
        BookingRule("r", SAME_DAY, min_notice_s=HOUR_S),
        "prior_notice_start_time: '08:00:00' has no day beside it; it was left out.",
    ),
    "r,2,,,1,12:00:00,,,never,": (
        BookingRule("r", PRIOR_DAYS, last_days=1, last_time_s=12 * HOUR_S),
        "prior_notice_service_id: service 'never' is in no calendar of the feed; all days are counted.",
    ),
}


@pytest.mark.parametrize("row", MENDED)
def test_a_field_that_contradicts_the_type_is_told_and_left_out(row: str) -> None:
    rule, message = MENDED[row]
    assert read(row) == ((rule,), [f"2 {message}"])


def test_rules_without_id_or_type_are_left_out() -> None:
    rules, messages = read("r,0,,,,,,,,", ",0,,,,,,,,", "r,1,5,,,,,,,", "s,3,,,,,,,,")
    assert rules == (BookingRule("r", REAL_TIME),)
    assert messages == [
        "3 booking_rule_id: the id is missing; the row was left out.",
        "4 booking_rule_id: 'r' is there already; the row was left out.",
        "5 booking_type: '3' is none of 0, 1, 2; the rule was left out.",
    ]


CONTRADICTIONS = {
    "same day without notice": {"booking_type": SAME_DAY},
    "real time with notice": {"booking_type": REAL_TIME, "min_notice_s": 60},
    "half a minute": {"booking_type": SAME_DAY, "min_notice_s": 90},
    "most below least": {"booking_type": SAME_DAY, "min_notice_s": 120, "max_notice_s": 60},
    "days before without a day": {"booking_type": PRIOR_DAYS},
    "a last time without a last day": {"booking_type": SAME_DAY, "min_notice_s": 60, "last_time_s": 0},
    "business days on the same day": {"booking_type": SAME_DAY, "min_notice_s": 60, "service_id": "business"},
    "start beside most": {"booking_type": SAME_DAY, "min_notice_s": 60, "max_notice_s": 60, "start_days": 1},
    "a start time without a day": {"booking_type": SAME_DAY, "min_notice_s": 60, "start_time_s": 0},
    "a start after the end": {"booking_type": PRIOR_DAYS, "last_days": 2, "start_days": 1},
    "a day in the future": {"booking_type": PRIOR_DAYS, "last_days": -1},
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_rule_that_contradicts_itself_is_no_value(name: str) -> None:
    with pytest.raises(ValueError, match="booking rule 'r': "):
        BookingRule("r", **CONTRADICTIONS[name])  # type: ignore[arg-type]


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]) | st.sampled_from(",\"\n;'"), max_size=20
).map(str.strip)
DAYS = st.integers(0, 400)
TIMES_S = st.integers(0, 100 * HOUR_S - 1)
MINUTES_S = st.integers(0, 60_000).map(lambda minutes: minutes * 60)


@st.composite
def booking_rules(draw: st.DrawFn) -> BookingRule:
    rule = BookingRule(draw(TEXTS.filter(bool)), REAL_TIME, *[None] * 6, "", *(draw(TEXTS) for _ in range(6)))
    kind = draw(st.sampled_from(BookingType))
    if kind is SAME_DAY:
        least = draw(MINUTES_S)
        most = draw(st.none() | MINUTES_S.map(lambda more: least + more))
        start = draw(st.none() | DAYS) if most is None else None
        time_s = None if start is None else draw(st.none() | TIMES_S)
        return replace(
            rule, booking_type=kind, min_notice_s=least, max_notice_s=most, start_days=start, start_time_s=time_s
        )
    if kind is PRIOR_DAYS:
        last = draw(DAYS)
        start = draw(st.none() | DAYS.map(lambda more: last + more))
        return replace(
            rule,
            booking_type=kind,
            last_days=last,
            last_time_s=draw(st.none() | TIMES_S),
            start_days=start,
            start_time_s=None if start is None else draw(st.none() | TIMES_S),
            service_id=draw(st.sampled_from(["", "business"])),
        )
    return rule


@given(st.lists(booking_rules(), max_size=4, unique_by=lambda rule: rule.id))
def test_rules_are_read_as_they_were_written(rules: list[BookingRule]) -> None:
    packed = pack(write_flex_feed(FlexFeed(FlexServices(rules=tuple(rules)), {})))
    with zipfile.ZipFile(BytesIO(packed)) as archive:
        has_rules = "booking_rules.txt" in archive.namelist()
        raw = archive.read("booking_rules.txt") if has_rules else f"{HEADER}\n".encode()
    table = read_text_table(Path("feed"), "booking_rules.txt", raw).text
    faults = RowFaults()
    again = read_rules(table.rename({"row": "line"}).with_columns(pl.col("line").cast(pl.Int64)), {"business"}, faults)
    assert again == tuple(rules)
    assert {f.code for f in faults.as_tuple()} <= {"missing_prior_notice_last_time", "missing_prior_notice_start_time"}


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def is_business(on: date) -> bool:
    """Monday to Friday, except Good Friday and Easter Monday of 2026."""
    return on.weekday() < 5 and on not in {date(2026, 4, 3), date(2026, 4, 6)}


EASTER_TUESDAY = ServiceDay(date(2026, 4, 7), BERLIN)
SPANS = {
    "in real time until the ride": (BookingRule("r", REAL_TIME), None, "2026-04-07T10:00"),
    "an hour before": (BookingRule("r", SAME_DAY, min_notice_s=HOUR_S), None, "2026-04-07T09:00"),
    "not before a day before": (
        BookingRule("r", SAME_DAY, min_notice_s=HOUR_S, max_notice_s=24 * HOUR_S),
        "2026-04-06T10:00",
        "2026-04-07T09:00",
    ),
    "from eight o'clock a week before": (
        BookingRule("r", SAME_DAY, min_notice_s=HOUR_S, start_days=7, start_time_s=8 * HOUR_S),
        "2026-03-31T08:00",
        "2026-04-07T09:00",
    ),
    "until three the day before": (
        BookingRule("r", PRIOR_DAYS, last_days=1, last_time_s=15 * HOUR_S),
        None,
        "2026-04-06T15:00",
    ),
    "until three the business day before": (
        BookingRule("r", PRIOR_DAYS, last_days=1, last_time_s=15 * HOUR_S, service_id="business"),
        None,
        "2026-04-02T15:00",
    ),
    "until the end of the second business day before": (
        BookingRule("r", PRIOR_DAYS, last_days=2, service_id="business"),
        None,
        "2026-04-02T00:00",
    ),
    "from the tenth business day before": (
        BookingRule(
            "r", PRIOR_DAYS, last_days=1, last_time_s=15 * HOUR_S, start_days=10, start_time_s=0, service_id="business"
        ),
        # Counted by hand: 2 and 1 April, 31, 30, 27, 26, 25, 24, 23 and 20 March.
        "2026-03-20T00:00",
        "2026-04-02T15:00",
    ),
    "until noon of the day itself": (
        BookingRule("r", PRIOR_DAYS, last_days=0, last_time_s=9 * HOUR_S),
        None,
        "2026-04-07T09:00",
    ),
}


@pytest.mark.parametrize("name", SPANS)
def test_when_a_ride_at_ten_on_the_tuesday_after_easter_may_be_booked(name: str) -> None:
    rule, earliest, latest = SPANS[name]
    span = booking_span(rule, EASTER_TUESDAY, 10 * HOUR_S, is_business)
    assert span.earliest_at == (None if earliest is None else local(earliest))
    assert span.latest_at == local(latest)


def test_days_are_counted_from_the_service_day_of_a_ride_after_midnight() -> None:
    rule = BookingRule("r", PRIOR_DAYS, last_days=1, last_time_s=15 * HOUR_S)
    assert booking_span(rule, EASTER_TUESDAY, 24 * HOUR_S + 1800).latest_at == local("2026-04-06T15:00")


def test_an_hour_is_an_hour_on_the_night_the_clocks_change() -> None:
    rule = BookingRule("r", SAME_DAY, min_notice_s=HOUR_S)
    day = ServiceDay(date(2026, 3, 29), BERLIN)
    # 3:30 in summer time is half an hour after 1:59 in winter time.
    pickup_s = day.seconds(local("2026-03-29T03:30"))
    assert booking_span(rule, day, pickup_s).latest_at == local("2026-03-29T01:30")


def test_business_days_need_their_calendar() -> None:
    rule = BookingRule("r", PRIOR_DAYS, last_days=1, service_id="business")
    with pytest.raises(ValueError, match="its calendar is needed"):
        booking_span(rule, EASTER_TUESDAY, 0)
    with pytest.raises(ValueError, match="does not run in the years before"):
        booking_span(rule, EASTER_TUESDAY, 0, _never)


def _never(_: date) -> bool:
    return False
