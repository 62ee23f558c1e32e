"""A day is read again only when somebody has changed it, and never mistaken for another."""

from sqlalchemy import text, update

from booking.database import Database
from booking.day import open_day
from booking.enquiry_search import Network
from booking.model import Channel, Contact
from booking.operation import Operation
from booking.store import load_day
from booking.tables import RideRow, ServiceDayRow
from tests.tiny_network import enquiry_of, service_day


def _book(operation: Operation, tiny: Network, at: str) -> None:
    enquiry = enquiry_of(tiny, "brueelow-markt", "cramnitz-markt", at)
    offer = next(offer for offer in operation.answer(enquiry).offers if offer.is_bookable())
    operation.confirm(operation.token(offer), Contact("Ida Beispiel"), Channel.WEB)


def test_a_day_nobody_changed_is_the_same_object_and_a_changed_one_is_read(operation: Operation, tiny: Network) -> None:
    day = service_day(tiny)
    with operation.database.sessions() as session:
        assert load_day(session, tiny.district, day) == open_day(tiny.district, day)
    _book(operation, tiny, "10:00")
    with operation.database.sessions() as session:
        first = load_day(session, tiny.district, day)
    with operation.database.sessions() as session:
        assert load_day(session, tiny.district, day) is first
    _book(operation, tiny, "13:00")
    with operation.database.sessions() as session:
        second = load_day(session, tiny.district, day)
    assert (first.version, second.version) == (1, 2)
    assert len(second.requests) == len(first.requests) + 1


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
