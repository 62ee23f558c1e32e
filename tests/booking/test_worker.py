import threading

from sqlalchemy import select

from booking.database import Database
from booking.enquiry_search import Network
from booking.improve import improve_day
from booking.model import Channel, Contact
from booking.operation import Operation
from booking.store import load_day
from booking.tables import AuditRow
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
