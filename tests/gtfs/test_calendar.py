from collections.abc import Callable
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtfs.calendar import Calendar, join_calendars
from gtfs.feed import Feed

READ = Callable[..., Feed]

FEED = """\
# stops.txt
stop_id,stop_name,stop_lat,stop_lon
a,Altwiek,53.5,11.5
b,Brüelow,53.5,11.6
# routes.txt
route_id,route_short_name,route_type
10,10,3
# trips.txt
route_id,service_id,trip_id
10,weekdays,t1
# stop_times.txt
trip_id,arrival_time,departure_time,stop_id,stop_sequence
t1,08:00:00,08:00:00,a,1
t1,08:10:00,08:10:00,b,2
# calendar.txt
service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date
weekdays,1,1,1,1,1,0,0,20260302,20260313
sundays,0,0,0,0,0,0,1,20260302,20260313
# calendar_dates.txt
service_id,date,exception_type
weekdays,20260304,2
sundays,20260304,1
fair,20260321,1
"""


CALENDAR = Calendar(
    ("weekdays", "sundays", "fair"),
    np.array([0b0011111, 0b1000000, 0], np.uint8),
    np.array([date(2026, 3, 2).toordinal()] * 2 + [0], np.int32),
    np.array([date(2026, 3, 13).toordinal()] * 2 + [0], np.int32),
    np.array([0, 1, 2], np.int32),
    np.array([date(2026, 3, day).toordinal() for day in (4, 4, 21)], np.int32),
    np.array([False, True, True]),
)
"""The same calendar as values."""


@pytest.mark.parametrize(
    ("on", "services"),
    [
        (date(2026, 3, 1), set()),  # the Sunday before the first day
        (date(2026, 3, 2), {"weekdays"}),
        (date(2026, 3, 4), {"sundays"}),  # a holiday in the week
        (date(2026, 3, 7), set()),
        (date(2026, 3, 8), {"sundays"}),
        (date(2026, 3, 13), {"weekdays"}),  # the last day belongs to the rule
        (date(2026, 3, 16), set()),
        (date(2026, 3, 21), {"fair"}),  # a service of single dates only
    ],
)
def test_weekly_rules_and_single_dates_say_what_runs(feed_of: READ, on: date, services: set[str]) -> None:
    assert feed_of(FEED).calendar.services_on(on) == services


def test_the_first_and_last_date_are_days_on_which_something_runs(feed_of: READ) -> None:
    calendar = feed_of(FEED.replace("20260302,20260313", "20260228,20260313")).calendar
    # 2026-02-28 is a Saturday: the first service is that of Sunday, the last the fair's.
    assert (calendar.first_on, calendar.last_on) == (date(2026, 3, 1), date(2026, 3, 21))


def test_a_calendar_without_a_running_day_has_no_first_date(feed_of: READ) -> None:
    no_day = "weekdays,0,0,0,0,0,0,0,20260302,20260313\n"
    text = FEED.split("weekdays,1,1", maxsplit=1)[0] + no_day + "# calendar_dates.txt\n"
    calendar = feed_of(text).calendar
    assert (calendar.first_on, calendar.last_on) == (None, None)


def test_exceptions_may_cancel_every_day_of_a_rule(feed_of: READ) -> None:
    rule = "weekdays,1,0,0,0,0,0,0,20260302,20260302\n"
    dates = "# calendar_dates.txt\nservice_id,date,exception_type\nweekdays,20260302,2\n"
    calendar = feed_of(FEED.split("weekdays,1,1", maxsplit=1)[0] + rule + dates).calendar
    assert (calendar.first_on, calendar.last_on) == (None, None)


def test_joined_calendars_run_as_each_did(feed_of: READ) -> None:
    one = feed_of(FEED).calendar
    two = join_calendars([one, one], [*one.service_ids, *(f"2:{service}" for service in one.service_ids)])
    for day in range(1, 32):
        on = date(2026, 3, day)
        services = one.services_on(on)
        assert two.services_on(on) == services | {f"2:{service}" for service in services}


@given(st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_a_calendar_of_nothing_runs_never(on: date) -> None:
    calendar: Calendar = join_calendars([], [])
    assert not calendar.services_on(on)
    assert calendar.first_on is None


def test_a_switched_day_runs_as_another_and_the_others_as_before(feed_of: READ) -> None:
    calendar = feed_of(FEED).calendar
    monday, tuesday, holiday, fair = (date(2026, 3, day) for day in (9, 10, 4, 21))
    switched = calendar.with_switched_days({monday: holiday, tuesday: None, holiday: monday, fair: holiday})
    assert switched.services_on(monday) == {"sundays"}
    assert switched.services_on(tuesday) == set()
    assert switched.services_on(holiday) == {"weekdays"}  # as the feed says of Monday, not as Monday was switched
    assert switched.services_on(fair) == {"sundays"}
    for day in range(1, 32):
        on = date(2026, 3, day)
        if on not in {monday, tuesday, holiday, fair}:
            assert switched.services_on(on) == calendar.services_on(on)


@given(st.dictionaries(st.dates(date(2026, 2, 20), date(2026, 3, 31)), st.dates(date(2026, 2, 20), date(2026, 3, 31))))
def test_switched_days_run_what_the_feed_says_of_their_models(days: dict[date, date]) -> None:
    calendar = CALENDAR
    switched = calendar.with_switched_days(days)
    for day in range(date(2026, 2, 20).toordinal(), date(2026, 4, 1).toordinal()):
        on = date.fromordinal(day)
        assert switched.services_on(on) == calendar.services_on(days.get(on, on))
