"""A day is read again only when somebody has changed it, and never mistaken for another."""

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from booking.database import Database
from booking.day import Day, open_day
from booking.enquiry_search import Network
from booking.model import Booking, Channel, Contact
from booking.operation import Operation
from booking.store import load_day
from booking.tables import RideRow, ServiceDayRow
from routing.violations import violations
from tests.tiny_network import enquiry_of, service_day


def _book(operation: Operation, tiny: Network, at: str) -> Booking:
    enquiry = enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", at)
    offer = next(offer for offer in operation.answer(enquiry).offers if offer.is_bookable())
    return operation.confirm(operation.token(offer), Contact("Ida Beispiel"), Channel.WEB)


def test_a_day_nobody_changed_is_the_same_object_and_a_changed_one_is_read(operation: Operation, tiny: Network) -> None:
    day = service_day(tiny)
    with operation.database.sessions() as session:
        assert load_day(session, tiny.district, day) == open_day(tiny.district, day)
    _book(operation, tiny, "10:00")
    with operation.database.sessions() as session:
        first = load_day(session, tiny.district, day)
    with Session(operation.database.engine) as nobody_knows:
        assert load_day(nobody_knows, tiny.district, day) == first, "known as it was written"
    with operation.database.sessions() as session:
        assert load_day(session, tiny.district, day) is first
    _book(operation, tiny, "13:00")
    with operation.database.sessions() as session:
        second = load_day(session, tiny.district, day)
    assert (first.version, second.version) == (1, 2)
    assert len(second.requests) == len(first.requests) + 1


def test_every_way_to_write_a_run_is_read_as_it_was_meant(operation: Operation, tiny: Network) -> None:
    """Behind the break and before it, into a run and out of it: what is written is what the next one reads."""
    day = service_day(tiny)

    def known_and_read() -> tuple[Day, Day]:
        with operation.database.sessions() as known, Session(operation.database.engine) as nobody_knows:
            return load_day(known, tiny.district, day), load_day(nobody_knows, tiny.district, day)

    codes = []
    for at in ("13:00", "07:30", "10:00", "09:30", "11:30"):
        codes.append(_book(operation, tiny, at).code)
        known, read = known_and_read()
        assert read == known
        assert violations(read.plan, read.problem(tiny.artefacts.times, 0)) == ()
    for code in codes:
        operation.cancel(code)
        known, read = known_and_read()
        assert read == known
        assert violations(read.plan, read.problem(tiny.artefacts.times, 0)) == ()


def test_what_a_transaction_wrote_and_took_back_is_not_remembered(operation: Operation, tiny: Network) -> None:
    day = service_day(tiny)
    _book(operation, tiny, "10:00")
    with operation.database.sessions() as session:
        session.execute(update(ServiceDayRow).values(version=ServiceDayRow.version + 1))
        session.execute(update(RideRow).values(is_cancelled=True))
        assert load_day(session, tiny.district, day).requests == {}
        session.rollback()
    _book(operation, tiny, "13:00")
    with operation.database.sessions() as session:
        found = load_day(session, tiny.district, day)
    assert found.version == 2
    assert len(found.requests) == 2


def test_a_restored_day_of_the_same_version_is_read_again(
    operation: Operation, database: Database, tiny: Network
) -> None:
    day = service_day(tiny)
    _book(operation, tiny, "10:00")
    with database.sessions() as session:
        assert len(load_day(session, tiny.district, day).requests) == 1
    with database.engine.begin() as connection:  # as a backup from the morning would
        connection.execute(text("truncate service_day cascade"))
        connection.execute(text('insert into service_day ("on", version) values (:on, 1)'), {"on": day.on})
    with database.sessions() as session:
        assert load_day(session, tiny.district, day).requests == {}
