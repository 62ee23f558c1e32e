"""Re-plan a day around what is promised: cheaper runs, the same promises, fixed visits untouched."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from booking.bookings import ask_judge, not_before_s
from booking.enquiry_search import Network
from booking.store import claim_version, load_day, save_runs
from booking.tables import AuditRow
from gtfs.service_day import ServiceDay
from routing.objective import DEFAULT_WEIGHTS, plan_cost
from routing.solve import Budget, solve


@dataclass(frozen=True, slots=True)
class Improvement:
    """What a re-planning brought: the cost of the day's runs before and after, in the planner's units."""

    cost_before: float
    cost_after: float
    runs_changed: int


def improve_day(
    sessions: sessionmaker[Session],
    network: Network,
    service_day: ServiceDay,
    now: datetime,
    *,
    seconds: float | None,
    iterations: int | None = None,
    seed: int = 0,
) -> Improvement | None:
    """Re-plan a day and write it if it is cheaper, clean and nobody changed the day meanwhile; else None.

    The search runs outside of every transaction: nobody who books waits for it.
    """
    with sessions() as session:
        day = load_day(session, network.district, service_day)
    if not day.requests:
        return None
    problem = day.problem(network.artefacts.times, not_before_s(day, network, now))
    plan = solve(problem, weights=DEFAULT_WEIGHTS, seed=seed, budget=Budget(seconds, iterations), start=day.plan).plan
    before, after = plan_cost(day.plan, problem), plan_cost(plan, problem)
    if after >= before:
        return None
    improved = day.changed(plan, day.requests)
    ask_judge(day, improved, network, now)
    with sessions.begin() as session:
        if not claim_version(session, service_day.on, day.version):
            return None
        changed = save_runs(session, network.district, day, improved)
        details = {"cost_before": round(before, 2), "cost_after": round(after, 2), "shifts": list(changed)}
        session.add(AuditRow(at=now, actor="worker", action="improved", service_on=service_day.on, details=details))
    return Improvement(before, after, len(changed))
