from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtfs.service_day import ServiceDay

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("on", "clock_h", "unix_s"),
    [
        # The day with 25 hours; nigiri's table has the first and third figure.
        (date(2019, 10, 27), 0, 1_572_130_800),
        (date(2019, 10, 27), 1, 1_572_134_400),
        (date(2019, 10, 27), 12, 1_572_174_000),
        (date(2019, 10, 27), 24, 1_572_217_200),
        # The day with 23 hours.
        (date(2019, 3, 31), 0, 1_553_983_200),
        (date(2019, 3, 31), 2, 1_553_990_400),
        (date(2019, 3, 31), 12, 1_554_026_400),
        (date(2019, 3, 31), 24, 1_554_069_600),
        # Any other day.
        (date(2019, 6, 1), 0, 1_559_340_000),
    ],
)
def test_the_clock_of_a_day_starts_twelve_hours_before_noon(on: date, clock_h: int, unix_s: int) -> None:
    assert ServiceDay(on, BERLIN).at(clock_h * 3600).timestamp() == unix_s


def test_when_clocks_go_back_the_day_starts_an_hour_after_midnight() -> None:
    midnight = datetime(2019, 10, 27, tzinfo=BERLIN)
    assert ServiceDay(date(2019, 10, 27), BERLIN).seconds(midnight) == -3600


def test_when_clocks_go_forward_the_day_starts_an_hour_before_midnight() -> None:
    midnight = datetime(2019, 3, 31, tzinfo=BERLIN)
    assert ServiceDay(date(2019, 3, 31), BERLIN).seconds(midnight) == 3600


def test_forty_past_midnight_is_still_the_evening_before() -> None:
    saturday = ServiceDay(date(2026, 3, 14), BERLIN)
    assert saturday.local(24 * 3600 + 40 * 60) == datetime(2026, 3, 15, 0, 40, tzinfo=BERLIN)


def test_a_datetime_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        ServiceDay(date(2026, 3, 14), BERLIN).seconds(datetime(2026, 3, 14))  # noqa: DTZ001 - the fault under test


def test_the_day_before_the_following_day_is_the_day() -> None:
    day = ServiceDay(date(2026, 12, 31), BERLIN)
    assert day.following().previous() == day
    assert day.following().on == date(2027, 1, 1)


zones = st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]).map(ZoneInfo)


@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), zones, st.integers(-40 * 3600, 40 * 3600))
def test_seconds_to_a_datetime_and_back_are_the_same_seconds(on: date, zone: ZoneInfo, seconds: int) -> None:
    day = ServiceDay(on, zone)
    assert day.seconds(day.at(seconds)) == seconds
    assert day.seconds(day.local(seconds)) == seconds


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
    zones,
)
def test_a_datetime_to_seconds_and_back_is_the_same_second(at: datetime, zone: ZoneInfo) -> None:
    day = ServiceDay(at.astimezone(zone).date(), zone)
    assert abs(day.at(day.seconds(at)) - at) < timedelta(seconds=1)
