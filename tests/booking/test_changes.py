"""A booking's life after it was confirmed: changed, cancelled in time or late, not turned up for."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from booking.database import Database
from booking.enquiry_search import Network
from booking.errors import (
    BookingNotFoundError,
    CallFirstError,
    DoesNotFitError,
    DuplicateBookingError,
    NotChangeableError,
    OrderInvalidError,
    TooLateToChangeError,
)
from booking.life_tables import BookingChangeRow, CancellationRow
from booking.model import Booker, BookingCode, BookingState, Channel, Contact, NoticesTo, Party, Reason
from booking.no_shows import Fault
from booking.operation import Operation
from booking.tables import AuditRow, BookingRow
from tests.booking.kinds import ERIKA, MAX, ask, assert_sound, book, count, fill, first, kinds_told, offer_at
from tests.booking.rule_cases import rules_of, under
from tests.tiny_network import FakeClock, local, operation_of


def test_a_change_keeps_code_and_people_and_gives_the_old_seats_back(operation: Operation, database: Database) -> None:
    old = book(operation, offer_at(operation, party=Party(4)))
    later = first(operation.changes.options(old.code, ask(operation, "12:00", party=Party(2))))
    new = operation.changes.change(old.code, operation.token(later))
    assert (new.code, new.contact, new.state) == (old.code, ERIKA, BookingState.CONFIRMED)
    assert new.id != old.id
    assert new.offer.departure_at >= local("12:00")
    with database.sessions() as session:
        rows = {row.code: row.state for row in session.scalars(select(BookingRow))}
        (change,) = session.scalars(select(BookingChangeRow)).all()
    assert rows == {old.code: "confirmed", f"{old.code}.1": "changed"}
    assert (str(change.old_id), str(change.new_id)) == (old.id, new.id)
    view = operation.day_view(local("10:00").date())
    assert (view.bookings, view.riders) == (1, 2)
    assert kinds_told(database, new.code) == ["changed"]
    assert kinds_told(database, BookingCode(f"{old.code}.1")) == [], "what was not told yet is no longer true"
    assert_sound(operation)


def test_changing_twice_by_a_double_click_is_the_same_as_once(operation: Operation, database: Database) -> None:
    old = book(operation, offer_at(operation))
    token = operation.token(first(operation.changes.options(old.code, ask(operation, "12:00"))))
    first_time = operation.changes.change(old.code, token)
    assert operation.changes.change(old.code, token) == first_time
    assert count(database, BookingRow) == 2
    again = operation.token(first(operation.changes.options(old.code, ask(operation, "13:00"))))
    assert operation.changes.change(old.code, again).code == old.code
    with database.sessions() as session:
        codes = set(session.scalars(select(BookingRow.code)))
    assert codes == {old.code, f"{old.code}.1", f"{old.code}.2"}


def test_a_full_day_can_still_be_changed_into_its_own_place(operation: Operation) -> None:
    # every vehicle is taken at eight: only who gives up a place can have it a few minutes later
    booked = fill(operation, "08:00")
    mine, wish = booked[0], ask(operation, "08:05", party=Party(4))
    assert not any(offer.is_bookable() for offer in operation.answer(wish).offers)
    offer = next(o for o in operation.changes.options(mine.code, wish).offers if o.is_bookable())
    changed = operation.changes.change(mine.code, operation.token(offer))
    assert changed.offer.departure_at >= local("08:05")
    assert_sound(operation)


def test_what_does_not_fit_leaves_the_old_booking_untouched(operation: Operation, database: Database) -> None:
    mine = book(operation, offer_at(operation, "12:00", party=Party(4)), MAX)
    wanted = offer_at(operation, "08:00", party=Party(4))
    fill(operation, "08:00")
    before = operation.day_view(local("08:00").date())
    with pytest.raises(DoesNotFitError, match="stands as it was") as refused:
        operation.changes.change(mine.code, operation.token(wanted))
    assert refused.value.answer is not None
    assert operation.get_booking(mine.code) == mine
    assert operation.day_view(local("08:00").date()) == before
    assert count(database, BookingChangeRow) == 0


def test_no_change_within_the_minutes_of_the_rule(operation: Operation, clock: FakeClock) -> None:
    mine = book(operation, offer_at(operation, "10:00"))
    offer = first(operation.changes.options(mine.code, ask(operation, "12:00")))
    pickup_at = mine.rides[0].leg.promise.pickup_from_at
    clock.at = pickup_at - timedelta(minutes=30)
    later = first(operation.changes.options(mine.code, ask(operation, "12:00")))
    clock.at += timedelta(seconds=1)
    assert offer.id != later.id
    with pytest.raises(TooLateToChangeError, match="call us"):
        operation.changes.change(mine.code, operation.token(later))
    with pytest.raises(TooLateToChangeError, match="call us"):
        operation.changes.options(mine.code, ask(operation, "12:00"))


def test_what_is_cancelled_or_unknown_cannot_be_changed(operation: Operation) -> None:
    mine = book(operation, offer_at(operation))
    token = operation.token(offer_at(operation, "12:00"))
    operation.cancel(mine.code)
    with pytest.raises(NotChangeableError, match="book again"):
        operation.changes.change(mine.code, token)
    with pytest.raises(BookingNotFoundError):
        operation.changes.change(BookingCode("AAAA-AAAA"), token)
    by_line = operation.answer(ask(operation, "10:00", "altwiek-markt", "brueelow-markt")).offers[0]
    with pytest.raises(OrderInvalidError, match="just board"):
        operation.changes.change(mine.code, operation.token(by_line))


def test_a_late_cancellation_is_allowed_and_recorded_as_late(
    operation: Operation, clock: FakeClock, database: Database
) -> None:
    early, late = book(operation, offer_at(operation)), book(operation, offer_at(operation, "11:00"), MAX)
    pickup_at = late.rides[0].leg.promise.pickup_from_at
    assert not operation.cancel(early.code).cancelled_late
    clock.at = pickup_at - timedelta(minutes=59)
    assert operation.cancel(late.code).cancelled_late
    with database.sessions() as session:
        rows = {row.minutes_before: row.is_late for row in session.scalars(select(CancellationRow))}
    assert rows[59] is True
    assert list(rows.values()).count(False) == 1


def test_whoever_orders_for_somebody_else_says_who_is_told(operation: Operation) -> None:
    practice = Contact("Praxis Dr. Beispiel", "0385 0000001", "praxis@example.org")
    for at, to, told in (
        ("10:00", NoticesTo.BOOKER, (practice,)),
        ("11:00", NoticesTo.TRAVELLER, (ERIKA,)),
        ("12:00", NoticesTo.BOTH, (ERIKA, practice)),
    ):
        token = operation.token(offer_at(operation, at))
        booking = operation.confirm(token, ERIKA, Channel.PHONE, booker=Booker(practice, to))
        assert operation.get_booking(booking.code).notice_contacts() == told
        changed = first(operation.changes.options(booking.code, ask(operation, "15:00")))
        assert operation.changes.change(booking.code, operation.token(changed), allow_duplicate=True).booker == Booker(
            practice, to
        )


def test_the_same_wish_or_an_overlapping_journey_is_told_before_it_is_booked(
    operation: Operation, database: Database
) -> None:
    mine = book(operation, offer_at(operation, "10:00"))
    spelt = Contact("E. Beispiel", "+49 (0)152 / 288 173 86")
    token = operation.token(offer_at(operation, "11:30"))
    with pytest.raises(DuplicateBookingError) as told:
        operation.confirm(token, spelt, Channel.WEB, allow_duplicate=False)
    assert told.value.codes == (mine.code,)
    assert f"{mine.code[:4]}-····" in str(told.value)
    assert mine.code not in str(told.value), "only who has the code may see the code"
    long = book(operation, offer_at(operation, "14:00", "altwiek-siedlung", "cramnitz-siedlung"))
    meanwhile = operation.token(offer_at(operation, "14:00", "brueelow-siedlung", "cramnitz-markt"))
    with pytest.raises(DuplicateBookingError) as told:
        operation.confirm(meanwhile, spelt, Channel.WEB, allow_duplicate=False)
    assert told.value.codes == (long.code,)
    back = operation.token(offer_at(operation, "12:00", "cramnitz-markt", "brueelow-markt"))
    assert operation.confirm(back, spelt, Channel.WEB, allow_duplicate=False).code != mine.code
    assert operation.confirm(token, spelt, Channel.WEB, allow_duplicate=True).code != mine.code
    nobody = operation.token(offer_at(operation, "10:00"))
    assert operation.confirm(nobody, Contact("Ohne Nummer"), Channel.WEB, allow_duplicate=False)
    assert count(database, BookingRow) == 5


def test_a_double_click_is_no_duplicate(operation: Operation) -> None:
    token = operation.token(offer_at(operation))
    codes = {operation.confirm(token, ERIKA, Channel.WEB, allow_duplicate=False).code for _ in range(2)}
    assert len(codes) == 1


NO_SHOWS = "\n[version.no_show]\nmax_no_shows = 4\nwithin_days = 90\n"


@pytest.fixture
def strict(tiny: Network, database: Database, clock: FakeClock) -> Operation:
    """Whoever did not come four times in 90 days books by a talk with the desk."""
    return operation_of(under(tiny, rules_of(add=NO_SHOWS)), database, clock)


def test_a_no_show_counts_by_person_and_only_if_it_was_their_fault(
    strict: Operation, clock: FakeClock, database: Database
) -> None:
    operation = strict
    booked = [book(operation, offer_at(operation, at)) for at in ("08:00", "10:00", "12:00", "14:00")]
    with pytest.raises(NotChangeableError, match="Nobody is expected"):
        operation.no_shows.record(booked[0].id, Fault.RIDER, "driver")
    clock.at = local("15:00")
    for booking in booked:
        operation.no_shows.record(booking.id, Fault.RIDER, "driver west-early")
    spelt = Contact("Erika", "004915228817386")
    assert operation.no_shows.standing(spelt).count == 4
    assert operation.no_shows.standing(spelt).must_call
    operation.no_shows.record(booked[0].id, Fault.DRIVER, "staff anna")
    assert operation.no_shows.standing(spelt).count == 3
    assert not operation.no_shows.standing(spelt).must_call, "three are borne"
    assert operation.no_shows.standing(MAX).count == 0
    assert operation.no_shows.standing(Contact("Ohne Nummer")).count == 0
    with database.sessions() as session:
        said = session.scalars(select(AuditRow.details).where(AuditRow.action == "no_show").order_by(AuditRow.id)).all()
    assert [entry["fault"] for entry in said] == ["rider"] * 4 + ["driver"]
    clock.at += timedelta(days=90)
    assert operation.no_shows.standing(spelt).count == 0
    assert operation.no_shows.forget() == 4


def test_whoever_often_did_not_come_books_by_a_talk_with_the_desk(strict: Operation, clock: FakeClock) -> None:
    booked = [book(strict, offer_at(strict, at)) for at in ("08:00", "10:00", "12:00", "14:00")]
    clock.at = local("15:00")
    for booking in booked:
        strict.no_shows.record(booking.id, Fault.RIDER, "driver west-early")
    offer = offer_at(strict, "17:00")
    for channel in (Channel.WEB, Channel.API):
        with pytest.raises(CallFirstError) as against:
            strict.confirm(strict.token(offer), ERIKA, channel)
        explanation = against.value.explanation
        assert (explanation.reason, explanation.params["count"]) == (Reason.CALL_AFTER_NO_SHOWS, 4)
    assert strict.confirm(strict.token(offer_at(strict, "18:00")), MAX, Channel.WEB), "somebody else"
    assert strict.confirm(strict.token(offer), ERIKA, Channel.PHONE), "the desk has talked with them"
    strict.no_shows.record(booked[0].id, Fault.DRIVER, "staff anna")
    assert strict.confirm(strict.token(offer_at(strict, "19:00")), ERIKA, Channel.WEB)


def test_without_a_rule_about_no_shows_everybody_books(operation: Operation, clock: FakeClock) -> None:
    booked = [book(operation, offer_at(operation, at)) for at in ("08:00", "10:00", "12:00", "14:00")]
    clock.at = local("15:00")
    for booking in booked:
        operation.no_shows.record(booking.id, Fault.RIDER, "driver west-early")
    assert operation.confirm(operation.token(offer_at(operation, "17:00")), ERIKA, Channel.WEB)
    assert not operation.no_shows.standing(ERIKA).must_call


def test_a_cancelled_booking_is_no_no_show(operation: Operation, clock: FakeClock) -> None:
    mine = book(operation, offer_at(operation))
    operation.cancel(mine.code)
    clock.at = local("15:00")
    with pytest.raises(NotChangeableError):
        operation.no_shows.record(mine.id, Fault.RIDER, "driver")
