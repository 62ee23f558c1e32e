"""Many at once on real PostGIS: returns, changes and cancellations over two days, and the worker beside them."""

import random
import secrets
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import event, select

from booking.database import Database
from booking.errors import BookingError, DayBusyError, DoesNotFitError, DuplicateBookingError, TooLateToChangeError
from booking.life_tables import BookingLinkRow
from booking.model import Booking, Channel, Contact, Party
from booking.operation import Operation
from booking.people import People
from booking.tables import BookingRow
from booking.waiting_tables import WaitingRow
from tests.booking.kinds import ask, assert_sound, book, count, fill, first, offer_at
from tests.tiny_network import enquiry_of

CLIENTS = 24
DAYS = ("2026-03-03", "2026-03-04")
STOPS = ("brueelow-markt", "cramnitz-markt", "altwiek-siedlung", "brueelow-siedlung", "cramnitz-siedlung")
FOUR = Party(4)


def test_returns_changes_and_cancellations_at_once_leave_no_half_journey(
    operation: Operation, database: Database
) -> None:
    done: Counter[str] = Counter()
    lock = threading.Lock()

    def client(number: int) -> None:
        chance = random.Random(number)  # noqa: S311 - a test's choices
        contact = Contact(f"Person {number}", f"0152 28817{number:03}")
        mine: list[Booking] = []
        for _ in range(4):
            try:
                said = _one_step(operation, chance, contact, mine)
            except (DoesNotFitError, TooLateToChangeError) as no:
                said = type(no).__name__
            with lock:
                done[said] += 1

    with ThreadPoolExecutor(CLIENTS) as pool:
        for outcome in [pool.submit(client, number) for number in range(CLIENTS)]:
            outcome.result()  # a deadlock, a broken plan or a busy day would come out here
    assert_sound(operation)
    assert done["return"] >= CLIENTS // 4, done
    assert done["change"] >= 1, done
    assert done["cancel"] >= 1, done
    with database.sessions() as session:
        links = Counter(session.scalars(select(BookingLinkRow.link_id)))
        versions = [operation.version(operation.service_day(row).on) for row in {*_days(operation)}]
    assert set(links.values()) == {2}, "a way out always has its way back"
    assert all(versions)


def test_whoever_clicks_two_offers_at_once_is_asked_whether_both_are_meant(operation: Operation) -> None:
    """Two offers of one wish, confirmed by one person at the same moment: one is booked, one asks."""
    for _ in range(5):
        contact = Contact("Erika Beispiel", f"0152 {secrets.randbelow(10**8):08}")
        wish = enquiry_of(operation.network, "brueelow-markt", "cramnitz-markt", "10:00")
        tokens = [operation.token(operation.answer(wish).offers[0]) for _ in range(2)]

        def confirm(token: str, contact: Contact = contact) -> str:
            try:
                operation.confirm(token, contact, Channel.WEB, allow_duplicate=False)
            except DuplicateBookingError:
                return "asked"
            return "booked"

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(confirm, tokens)) == ["asked", "booked"]


def _days(operation: Operation) -> list[object]:
    with operation.database.sessions() as session:
        return list(session.scalars(select(BookingRow.service_on).distinct()))


def _one_step(operation: Operation, chance: random.Random, contact: Contact, mine: list[Booking]) -> str:
    if not mine or chance.random() < 0.5:
        booked = _return(operation, chance, contact)
        mine.extend(booked)
        return "return" if booked else "nothing"
    if chance.random() < 0.6:
        booking = mine[chance.randrange(len(mine))]
        day, hour = chance.choice(DAYS), chance.randrange(8, 20)
        wish = ask(operation, f"{day} {hour:02}:00", *chance.sample(STOPS, 2), party=Party(chance.choice((1, 3))))
        answer = operation.changes.options(booking.code, wish)
        offer = next((o for o in answer.offers if o.is_bookable()), None)
        if offer is None:
            return "nothing"
        operation.changes.change(booking.code, operation.token(offer), allow_duplicate=True)
        return "change"
    booking = mine.pop()
    both = [one for one in mine if one.code in booking.linked]
    operation.cancel(booking.code, with_linked=True)
    for one in both:
        mine.remove(one)
    return "cancel"


def _return(operation: Operation, chance: random.Random, contact: Contact) -> tuple[Booking, ...]:
    """Out on one of two days and back on the same or the other: the days are locked in either order of wishes."""
    origin, destination = chance.sample(STOPS, 2)
    party = Party(chance.choice((1, 2, 3)))
    wish = ask(operation, f"{chance.choice(DAYS)} {chance.randrange(8, 12):02}:00", origin, destination, party=party)
    out = next((o for o in operation.answer(wish).offers if o.is_bookable()), None)
    if out is None:
        return ()
    stay = timedelta(hours=chance.choice((3, 27)))
    answer = operation.returns.options(out, stay=stay)
    back = next((o for o in answer.offers if o.is_bookable()), None)
    if back is None:
        return ()
    tokens = operation.token(out), operation.token(back)
    return operation.returns.confirm(*tokens, contact, Channel.WEB, allow_duplicate=True)


def test_of_many_who_want_the_last_seats_there_and_back_each_gets_both_or_nothing(
    operation: Operation, database: Database
) -> None:
    out = [offer_at(operation, "08:00", party=FOUR) for _ in range(CLIENTS)]
    late = [offer_at(operation, "2026-03-04 08:00", "cramnitz-markt", "brueelow-markt", party=FOUR) for _ in out]

    def client(number: int) -> bool:
        tokens = operation.token(out[number]), operation.token(late[number])
        try:
            operation.returns.confirm(*tokens, Contact(f"Person {number}"), Channel.WEB)
        except DoesNotFitError:
            return False
        return True

    with ThreadPoolExecutor(CLIENTS) as pool:
        won = sum(pool.map(client, range(CLIENTS)))
    assert 1 <= won < CLIENTS
    assert count(database, BookingRow) == 2 * won
    assert_sound(operation)


def test_several_workers_and_riders_decide_each_wish_and_date_once(operation: Operation, database: Database) -> None:
    full = fill(operation, "08:00")
    wishes = [
        operation.waiting_list.join(ask(operation, "08:00", party=FOUR), People(Contact(f"Wartende {n}")))
        for n in range(4)
    ]
    for booking in full[:2]:
        operation.cancel(booking.code)

    def worker(_: int) -> None:
        for _ in range(3):
            operation.waiting_list.serve()
            operation.series.work()

    def rider(number: int) -> None:
        for _ in range(6):
            try:
                operation.waiting_list.accept(wishes[number].code)
            except DayBusyError:
                raise
            except BookingError:
                continue

    with ThreadPoolExecutor(7) as pool:
        for outcome in [*(pool.submit(worker, n) for n in range(3)), *(pool.submit(rider, n) for n in range(4))]:
            outcome.result()
    operation.waiting_list.serve()
    assert_sound(operation)
    with database.sessions() as session:
        rows = session.scalars(select(WaitingRow)).all()
        bookings = {row.id: row.state for row in session.scalars(select(BookingRow))}
    assert all(row.offers_made <= 1 for row in rows), "no wish got two places"
    expected = {"held": "held", "booked": "confirmed"}
    for row in rows:
        if row.state in expected:
            assert row.booking_id is not None
            assert bookings[row.booking_id] == expected[row.state]
    assert sum(row.state in expected for row in rows) >= 1
    assert first(operation.answer(ask(operation, "12:00")))


def test_a_day_that_changes_while_it_is_read_is_read_again(operation: Operation, database: Database) -> None:
    booking = book(operation, offer_at(operation, "10:00"), Contact("Max Muster"))
    service_day = operation.service_day(booking.offer.service_on)
    late = [offer_at(operation, "12:00")]
    database.sessions.configure(info={})  # nothing is remembered

    @event.listens_for(database.engine, "before_cursor_execute")
    def _somebody_books(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if "FROM visit" in statement and late:
            book(operation, late.pop(), Contact("Erika Beispiel"))

    day = operation.answerer.days(service_day)
    assert set(day.requests) == set(day.plan.request_ids())
    assert not late
    assert len(day.requests) == 2
