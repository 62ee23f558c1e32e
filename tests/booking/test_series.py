"""Standing orders: the rule of dates, each date decided once, what becomes of them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from booking.database import Database
from booking.enquiry_search import Network
from booking.errors import BookingNotFoundError, NotChangeableError, OrderInvalidError
from booking.model import BookingCode, BookingState, Contact, Party
from booking.operation import Operation
from booking.people import People
from booking.series_dates import HolidayRule, SeriesRule
from booking.series_store import Series
from booking.series_tables import SeriesContactRow, SeriesDateRow
from booking.tables import BookingRow
from booking.waiting_store import WishState
from booking.waiting_tables import WaitingRow
from tests.booking.kinds import ERIKA, MAX, ask, assert_sound, book, count, fill, first, kinds_told, offer_at
from tests.tiny_network import FakeClock, local

TUESDAY, THURSDAY = 1, 3
TEN = 10 * 3600
MARCH_3 = date(2026, 3, 3)
"""The Tuesday on which the tests' clock stands at six in the morning; 28 days can be ordered ahead."""


def rule_of(first_on: date = MARCH_3, *weekdays: int, **changes: object) -> SeriesRule:
    given = {"first_on": first_on, "wished_s": TEN, "weekdays": frozenset(weekdays or (TUESDAY, THURSDAY))}
    return SeriesRule(**(given | changes))  # type: ignore[arg-type]


def order(operation: Operation, rule: SeriesRule | None = None, contact: Contact = ERIKA, **party: int) -> Series:
    return operation.series.create(rule or rule_of(), ask(operation, party=Party(**party)), People(contact))


def states(series: Series) -> dict[date, str]:
    return {one.on: one.state for one in series.dates}


def march(*days: int) -> list[date]:
    return [date(2026, 3, day) for day in days]


def dates(rule: SeriesRule, tiny: Network, from_on: date, to_on: date) -> list[date]:
    return list(rule.dates(tiny.district, from_on, to_on))


def test_a_weekday_pattern_knows_holidays(tiny: Network) -> None:
    # school holidays 13 July to 22 August 2026, Christmas on a Friday and Saturday
    july = date(2026, 7, 1), date(2026, 7, 16)
    fridays = rule_of(date(2026, 1, 1), 4)
    assert dates(fridays, tiny, *july) == [date(2026, 7, 3), date(2026, 7, 10)]
    thursdays = rule_of(date(2026, 1, 1), 3, school_holidays=HolidayRule.SKIP)
    assert dates(thursdays, tiny, *july) == [date(2026, 7, 2), date(2026, 7, 9)]
    only = rule_of(date(2026, 1, 1), 3, school_holidays=HolidayRule.ONLY)
    assert dates(only, tiny, *july) == [date(2026, 7, 16)]
    christmas = date(2026, 12, 24), date(2026, 12, 26)
    assert dates(fridays, tiny, *christmas) == []
    rides = rule_of(date(2026, 1, 1), 4, public_holidays=HolidayRule.RIDE)
    assert dates(rides, tiny, *christmas) == [date(2026, 12, 25)]


def test_single_dates_are_ridden_whatever_the_weekdays_say(tiny: Network) -> None:
    rule = SeriesRule(MARCH_3, TEN, single_dates=frozenset({date(2026, 12, 25), date(2026, 3, 8)}))
    assert dates(rule, tiny, MARCH_3, date(2026, 12, 31)) == [date(2026, 3, 8), date(2026, 12, 25)]


@pytest.mark.parametrize(
    "changes",
    [
        {"weekdays": frozenset()},
        {"weekdays": frozenset({7})},
        {"last_on": date(2026, 3, 2)},
        {"back_s": TEN},
        {"earlier_s": -1},
    ],
)
def test_a_rule_that_contradicts_itself_is_none(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"weekday|ends|back|negative"):
        rule_of(**changes)  # type: ignore[arg-type]


@given(
    st.frozensets(st.integers(0, 6), min_size=1),
    st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    st.integers(0, 60),
    st.sampled_from(HolidayRule),
)
def test_dates_are_ordered_within_the_span_and_split_anywhere(
    tiny: Network, weekdays: frozenset[int], from_on: date, days: int, school: HolidayRule
) -> None:
    rule = SeriesRule(date(2026, 2, 1), TEN, weekdays, school_holidays=school)
    found = dates(rule, tiny, from_on, from_on + timedelta(days=days))
    assert found == sorted(set(found))
    assert all(from_on <= on <= from_on + timedelta(days=days) and on.weekday() in weekdays for on in found)
    middle = from_on + timedelta(days=days // 2)
    halves = dates(rule, tiny, from_on, middle) + dates(
        rule, tiny, middle + timedelta(days=1), from_on + timedelta(days=days)
    )
    assert halves == found


def test_a_series_is_booked_as_far_as_can_be_ordered_and_follows_by_itself(
    operation: Operation, clock: FakeClock
) -> None:
    # 28 days ahead of 3 March, 6 o'clock, ends on 31 March before ten
    series = order(operation)
    assert states(series) == dict.fromkeys(march(3, 5, 10, 12, 17, 19, 24, 26), "booked")
    assert {one.booking_state for one in series.dates} == {BookingState.CONFIRMED}
    assert operation.series.work() == 0
    clock.at = local("2026-03-05 06:00")
    assert operation.series.work() == 1
    assert states(operation.series.get(series.code))[date(2026, 3, 31)] == "booked"
    assert_sound(operation)


def test_a_series_rides_at_the_same_local_time_in_summer(operation: Operation, clock: FakeClock) -> None:
    # the clocks go forward on 29 March 2026
    clock.at = local("2026-03-23 06:00")
    series = order(operation, rule_of(date(2026, 3, 24), TUESDAY))
    offers = [operation.get_booking(one.code).offer for one in series.dates if one.code]
    zone = operation.district.zone
    assert [f"{offer.enquiry.wished_at.astimezone(zone):%d.%m. %H:%M}" for offer in offers] == [
        "24.03. 10:00",
        "31.03. 10:00",
        "07.04. 10:00",
        "14.04. 10:00",
    ]


def test_running_again_never_doubles_a_date(operation: Operation, database: Database) -> None:
    series = order(operation)
    for _ in range(2):
        operation.series.materialise(series.code)
        operation.series.work()
    assert count(database, BookingRow) == 8
    with database.engine.begin() as connection, pytest.raises(Exception, match="uq_series_date_booking_id"):
        connection.execute(
            text("insert into series_date select series_id, date '2030-01-01', state, reason, booking_id, waiting_id,"
                 " decided_at from series_date limit 1")
        )  # fmt: skip


def test_a_cancelled_date_stays_cancelled(operation: Operation) -> None:
    series = order(operation)
    code = series.dates[1].code
    assert code is not None
    operation.cancel(code)
    operation.series.work()
    again = operation.series.get(series.code)
    assert again.dates[1].booking_state is BookingState.CANCELLED
    assert again.dates[1].code == code


def test_a_date_that_is_full_is_open_with_its_reason_and_waits(
    operation: Operation, database: Database, clock: FakeClock
) -> None:
    full = fill(operation, "2026-03-05 10:00")
    series = order(operation, persons=4)
    (opened,) = [one for one in series.dates if one.state == "open"]
    assert (opened.on, opened.reason) == (date(2026, 3, 5), "no_vehicle_free")
    told = [one.code for one in series.dates if one.code and "waiting_list" in kinds_told(database, one.code)]
    assert told == [series.dates[0].code], "told by the last booking there was"
    operation.cancel(full[0].code)
    clock.at += timedelta(minutes=1)
    assert operation.waiting_list.serve() == 1
    booked = operation.series.get(series.code).dates[1]
    assert (booked.state, booked.booking_state) == ("booked", BookingState.CONFIRMED), "the series has said yes already"
    assert booked.code is not None
    assert operation.waiting_list.get(booked.code).state is WishState.BOOKED
    assert_sound(operation)


def test_out_and_back_are_booked_together_each_date(operation: Operation, database: Database) -> None:
    rule = rule_of(MARCH_3, TUESDAY, back_s=14 * 3600)
    series = order(operation, rule)
    assert list(states(series)) == march(3, 10, 17, 24)
    assert count(database, BookingRow) == 8
    first_code = series.dates[0].code
    assert first_code is not None
    assert len(operation.get_booking(first_code).linked) == 1
    operation.series.skip(series.code, date(2026, 3, 3))
    assert {operation.get_booking(c).state for c in (first_code, *operation.get_booking(first_code).linked)} == {
        BookingState.CANCELLED
    }
    assert_sound(operation)


def test_a_date_whose_way_back_is_full_is_not_booked_by_half_and_tried_again(operation: Operation) -> None:
    full = fill(operation, "2026-03-03 14:00", ("cramnitz-markt", "brueelow-markt"))
    series = order(operation, rule_of(MARCH_3, TUESDAY, back_s=14 * 3600), persons=4)
    assert states(series)[date(2026, 3, 3)] == "open"
    assert operation.day_view(date(2026, 3, 3)).bookings == len(full)
    operation.cancel(full[0].code)
    operation.series.work()
    assert states(operation.series.get(series.code))[date(2026, 3, 3)] == "booked"
    assert_sound(operation)


def test_a_date_the_rider_has_booked_already_is_open_as_a_duplicate(operation: Operation) -> None:
    book(operation, offer_at(operation, "2026-03-05 10:30"))
    series = order(operation)
    (opened,) = [one for one in series.dates if one.state == "open"]
    assert (opened.on, opened.reason) == (date(2026, 3, 5), "duplicate")


def test_an_exception_is_left_out_before_and_after_it_is_booked(operation: Operation, clock: FakeClock) -> None:
    series = order(operation)
    operation.series.skip(series.code, date(2026, 3, 5))
    operation.series.skip(series.code, date(2026, 3, 31))
    clock.at = local("2026-03-05 06:00")
    operation.series.work()
    found = states(operation.series.get(series.code))
    assert (found[date(2026, 3, 5)], found[date(2026, 3, 31)]) == ("skipped", "skipped")
    assert operation.day_view(date(2026, 3, 5)).bookings == 0
    assert_sound(operation)


def test_a_pause_cancels_and_its_end_books_again(operation: Operation) -> None:
    series = order(operation)
    paused = operation.series.suspend(series.code, date(2026, 3, 10), date(2026, 3, 17))
    assert [on for on, state in states(paused).items() if state == "skipped"] == march(10, 12, 17)
    operation.series.work()
    assert states(operation.series.get(series.code)) == states(paused)
    again = operation.series.resume(series.code)
    assert set(states(again).values()) == {"booked"}
    assert_sound(operation)


def test_ending_cancels_what_comes_later_and_forgets_the_people(
    operation: Operation, clock: FakeClock, database: Database
) -> None:
    series = order(operation)
    ended = operation.series.end(series.code, date(2026, 3, 12))
    assert [on for on, state in states(ended).items() if state == "booked"] == march(3, 5, 10, 12)
    operation.series.work()
    assert count(database, SeriesContactRow) == 1
    clock.at = local("2026-03-13 06:00")
    operation.series.work()
    assert count(database, SeriesContactRow) == 0
    assert states(operation.series.get(series.code)) == states(ended)
    assert_sound(operation)


def test_a_change_from_a_date_on_changes_each_date_in_one_step(operation: Operation, database: Database) -> None:
    series = order(operation)
    codes = {one.on: one.code for one in series.dates}
    new = operation.series.change(series.code, date(2026, 3, 17), rule_of(MARCH_3, wished_s=12 * 3600), ask(operation))
    assert states(new) == dict.fromkeys(march(17, 19, 24, 26), "booked")
    assert {one.on: one.code for one in new.dates} == {on: codes[on] for on in march(17, 19, 24, 26)}, "codes stay"
    offer = operation.get_booking(new.dates[0].code or BookingCode("")).offer
    assert offer.departure_at >= local("2026-03-17 12:00")
    assert list(states(operation.series.get(series.code))) == march(3, 5, 10, 12)
    assert operation.day_view(date(2026, 3, 17)).bookings == 1
    with database.sessions() as session:
        replaced = session.scalars(select(BookingRow.state)).all()
    assert replaced.count("changed") == 4
    with pytest.raises(NotChangeableError):
        operation.series.change(series.code, date(2026, 3, 17), rule_of(), ask(operation))
    assert_sound(operation)


def test_where_the_new_time_is_full_the_old_ride_stays(operation: Operation) -> None:
    series = order(operation, persons=4)
    fill(operation, "2026-03-17 12:00")
    rule = rule_of(MARCH_3, wished_s=12 * 3600)
    new = operation.series.change(series.code, date(2026, 3, 17), rule, ask(operation, party=Party(4)))
    kept = new.dates[0]
    assert (kept.state, kept.reason) == ("booked", "kept")
    assert operation.get_booking(kept.code or BookingCode("")).offer.departure_at < local("2026-03-17 10:31")
    assert_sound(operation)


def test_weekdays_that_the_change_leaves_out_are_cancelled(operation: Operation) -> None:
    series = order(operation)
    new = operation.series.change(series.code, date(2026, 3, 17), rule_of(MARCH_3, TUESDAY), ask(operation))
    assert list(states(new)) == march(17, 24)
    old = states(operation.series.get(series.code))
    assert [on for on, state in old.items() if state == "skipped"] == march(19, 26)
    assert operation.day_view(date(2026, 3, 19)).bookings == 0
    assert_sound(operation)


def test_a_booking_of_a_series_is_changed_like_any_other(operation: Operation) -> None:
    series = order(operation)
    code = series.dates[0].code
    assert code is not None
    offer = first(operation.changes.options(code, ask(operation, "12:00")))
    operation.changes.change(code, operation.token(offer))
    assert operation.series.get(series.code).dates[0].code == code
    assert operation.series.work() == 0


def test_a_series_without_a_date_ahead_is_refused(operation: Operation) -> None:
    past = rule_of(date(2026, 1, 1), last_on=date(2026, 2, 1))
    with pytest.raises(OrderInvalidError, match="No date lies ahead"):
        order(operation, past)
    with pytest.raises(BookingNotFoundError):
        operation.series.get(BookingCode("AAAA-AAAA"))
    with pytest.raises(OrderInvalidError, match="before it begins"):
        operation.series.suspend(order(operation).code, date(2026, 3, 10), date(2026, 3, 9))


def test_two_riders_on_one_day_do_not_disturb_each_other(operation: Operation, database: Database) -> None:
    order(operation, rule_of(MARCH_3, TUESDAY))
    order(operation, rule_of(MARCH_3, TUESDAY), MAX)
    assert count(database, SeriesDateRow) == 8
    assert count(database, WaitingRow) == 0
    assert_sound(operation)
