import smtplib
import threading
from email.message import EmailMessage

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from booking.bookings import confirm_offer
from booking.database import Database
from booking.enquiry_search import Network
from booking.improve import improve_day
from booking.model import Channel, Contact
from booking.notices import send_outbox, write_notice
from booking.operation import Operation
from booking.settings import Settings
from booking.store import load_day
from booking.tables import AuditRow, OutboxRow
from booking.worker import work_once
from routing.objective import plan_cost
from routing.violations import violations
from tests.tiny_network import FakeClock, enquiry_of, local, service_day

ERIKA = Contact("Erika Beispiel", "0152 28817386", "erika@example.org")
WISHES = (
    ("brueelow-markt", "cramnitz-siedlung", "09:00"),
    ("eldehof-markt", "luebzow-siedlung", "09:10"),
    ("cramnitz-siedlung", "altwiek-siedlung", "09:20"),
    ("doessin-markt", "luebzow-siedlung", "09:30"),
    ("brueelow-siedlung", "cramnitz-markt", "12:30"),
    ("cramnitz-markt", "brueelow-siedlung", "12:40"),
    ("eldehof-siedlung", "doessin-markt", "13:00"),
)


def book_all(operation: Operation, contact: Contact = ERIKA) -> None:
    for origin, destination, at in WISHES:
        answer = operation.answer(enquiry_of(operation.network, origin, destination, at))
        offer = next(offer for offer in answer.offers if offer.is_bookable())
        operation.confirm(operation.token(offer), contact, Channel.WEB)


def test_re_planning_keeps_every_promise_and_never_costs_more(operation: Operation, tiny: Network) -> None:
    book_all(operation)
    day_before = operation._load_day(service_day(tiny))
    improve_day(
        operation.database.sessions, tiny, service_day(tiny), operation.clock(), seconds=None, iterations=30, seed=1
    )
    day = operation._load_day(service_day(tiny))
    problem = day.problem(tiny.artefacts.times, 0)
    assert day.requests == day_before.requests
    assert day.plan.request_ids() == day_before.plan.request_ids()
    assert violations(day.plan, problem) == ()
    assert plan_cost(day.plan, problem) <= plan_cost(day_before.plan, problem)


def test_a_worse_plan_is_re_planned_and_noted(operation: Operation, tiny: Network, database: Database) -> None:
    book_all(operation)
    improvement = improve_day(
        database.sessions, tiny, service_day(tiny), operation.clock(), seconds=None, iterations=100, seed=1
    )
    with database.sessions() as session:
        noted = session.scalars(select(AuditRow).where(AuditRow.action == "improved")).all()
        day = load_day(session, tiny.district, service_day(tiny))
    assert len(noted) == (0 if improvement is None else 1)
    assert day.version == len(WISHES) + len(noted)


def test_a_round_of_the_worker_looks_at_a_day_once_until_it_changes(
    operation: Operation, clock: FakeClock, tiny: Network
) -> None:
    clock.at = local("06:00")
    book_all(operation)
    seen: dict[int, int] = {}
    work_once(operation, seen, threading.Event(), improve_s=0.2)
    assert seen == {service_day(tiny).on.toordinal(): operation.version(service_day(tiny).on)}


class Postman:
    def __init__(self, *, is_down: bool = False) -> None:
        self.is_down = is_down
        self.messages: list[EmailMessage] = []

    def __call__(self, message: EmailMessage) -> None:
        if self.is_down:
            raise smtplib.SMTPServerDisconnected
        self.messages.append(message)


def with_mail(operation: Operation, monkeypatch: pytest.MonkeyPatch, postman: Postman) -> Settings:
    monkeypatch.setattr("booking.notices.smtp_transport", lambda _url: postman)
    return operation.settings.model_copy(update={"smtp_url": SecretStr("smtp://mail.example.org")})


def book_one(operation: Operation, contact: Contact) -> str:
    answer = operation.answer(enquiry_of(operation.network, "brueelow-markt", "cramnitz-markt", "10:00"))
    code = confirm_offer(
        operation.database.sessions, operation.network, answer.offers[0], contact, Channel.WEB, operation.clock
    )
    assert code is not None
    return code


def test_whoever_gave_an_address_gets_a_mail_once(operation: Operation, monkeypatch: pytest.MonkeyPatch) -> None:
    postman = Postman()
    mail = with_mail(operation, monkeypatch, postman)
    code = book_one(operation, ERIKA)
    sent = [send_outbox(operation.database.sessions, operation.network, mail, operation.clock()) for _ in range(2)]
    assert sent == [1, 0]
    (message,) = postman.messages
    assert message["To"] == "erika@example.org"
    assert code in message.get_content()
    assert "Abholung 10:0" in message.get_content()


def test_a_mail_waits_while_the_server_is_down(operation: Operation, monkeypatch: pytest.MonkeyPatch) -> None:
    book_one(operation, ERIKA)
    down = with_mail(operation, monkeypatch, Postman(is_down=True))
    assert send_outbox(operation.database.sessions, operation.network, down, operation.clock()) == 0
    up = Postman()
    mail = with_mail(operation, monkeypatch, up)
    assert send_outbox(operation.database.sessions, operation.network, mail, operation.clock()) == 1
    assert len(up.messages) == 1


def test_without_an_address_or_a_mail_server_nothing_is_sent(operation: Operation, database: Database) -> None:
    book_one(operation, Contact("Max Muster"))
    assert send_outbox(database.sessions, operation.network, operation.settings, operation.clock()) == 0
    with database.sessions() as session:
        assert session.scalars(select(OutboxRow.sent_at)).one() == operation.clock()


def test_a_cancelled_ride_is_told_as_cancelled(operation: Operation) -> None:
    code = book_one(operation, ERIKA)
    booking = operation.cancel(code)  # type: ignore[arg-type]
    message = write_notice("cancelled", booking, operation.network, operation.settings)
    assert "storniert" in message["Subject"]
    assert "kein Fahrzeug" in message.get_content()
