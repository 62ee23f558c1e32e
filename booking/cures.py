"""What can be done about rides that will be late: another vehicle, another order, a taxi; each as a difference.

A cure puts late rides back within what was agreed, and touches no promise of anybody else. It is found by insertion
alone, so that finding it again when it is applied gives the same, in milliseconds.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session, sessionmaker

from booking.bookings import TRIES, ask_judge, not_before_s
from booking.day import Day
from booking.enquiry_search import Network
from booking.errors import DayBusyError, NotFoundError
from booking.lateness import late_s, ride_lateness, save_ride_lateness, starts_of, told_min
from booking.promises import note, tell
from booking.store import claim_version, load_states, save_runs
from gtfs.service_day import ServiceDay
from routing.fast_insertion import Insertions
from routing.insertion import remove
from routing.model import Action, Plan, Request, RequestId, Run, ShiftId
from routing.objective import plan_cost
from routing.problem import Problem
from routing.repair import DISTURBED_S
from routing.schedule import fixed_count
from routing.travel_times import TravelTimes


class CureKind(StrEnum):
    """What is done."""

    OTHER_VEHICLE = "other_vehicle"
    REORDER = "reorder"
    """The same vehicle in another order."""
    TAXI = "taxi"
    """A vehicle of another owner."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a cure does to one ride.

    Parameters
    ----------
    pickup_later_s
        How much later (less than zero: earlier) than it is expected without the cure.
    keeps_promise
        Whether it is within what was agreed afterwards.
    """

    request_id: RequestId
    from_shift: ShiftId
    to_shift: ShiftId
    pickup_later_s: int
    keeps_promise: bool


@dataclass(frozen=True, slots=True)
class Cure:
    """A way to keep promises that will be broken otherwise.

    Parameters
    ----------
    rides
        Those it cures.
    added_cost
        In the planner's units.
    """

    kind: CureKind
    shift_id: ShiftId
    rides: tuple[RequestId, ...]
    changes: tuple[Change, ...]
    added_cost: float
    day: Day


def list_cures(day: Day, agreed: Day, network: Network, from_s: int) -> tuple[Cure, ...]:
    """Cures for every run with late rides: those that cure most first, then the cheapest.

    Parameters
    ----------
    day, agreed
        As it can be planned, and with nothing but what is agreed.
    from_s
        Nothing before is changed.
    """
    times = network.artefacts.times
    found: list[Cure] = []
    for shift_id, run in day.plan.runs.items():
        if shift_id in day.order_locked:
            continue
        problem = day.problem(times, from_s)
        facts = {visit.request_id for visit in run.visits[: fixed_count(run, problem)]}
        late = [r for r in late_rides(run, agreed) if r not in facts]
        if late:
            found += _cures_of(day, agreed, network, times, from_s, shift_id, late)
    return tuple(sorted(found, key=lambda cure: (-len(cure.rides), cure.added_cost, cure.kind)))


def late_rides(run: Run, agreed: Day) -> list[RequestId]:
    """The rides of a run that are later than agreed, the first pickup first."""
    return [
        ride
        for ride, starts in starts_of(run.visits).items()
        if late_s(agreed.requests[ride], ride_lateness(agreed.requests[ride], *_both(starts))) > 0
    ]


def _both(starts: dict[Action, int]) -> tuple[int, int]:
    return starts[Action.PICKUP], starts[Action.DROPOFF]


def _cures_of(
    day: Day,
    agreed: Day,
    network: Network,
    times: TravelTimes,
    from_s: int,
    shift_id: ShiftId,
    late: Sequence[RequestId],
) -> Iterator[Cure]:
    owners = {s: network.district.vehicle_by_id[shift.vehicle_id].owner for s, shift in day.shifts.items()}
    others = frozenset(s for s in day.shifts if s != shift_id)
    own = frozenset(s for s in others if owners[s] == owners[shift_id])
    for kind, shifts in ((CureKind.OTHER_VEHICLE, own), (CureKind.TAXI, others - own)):
        moved = _moved(day, agreed, times, from_s, late, shifts)
        if moved is not None:
            yield _cure(kind, shift_id, day, moved, agreed, times, late)
    ordered = _reordered(day, agreed, times, from_s, shift_id, late)
    if ordered is not None:
        yield _cure(CureKind.REORDER, shift_id, day, ordered, agreed, times, late)


def _moved(
    day: Day, agreed: Day, times: TravelTimes, from_s: int, late: Sequence[RequestId], shifts: frozenset[ShiftId]
) -> Day | None:
    """The day with late rides in other runs, as many as fit; None if none does."""
    result: Day | None = None
    for ride in late:
        present = result or day
        if agreed.requests[ride].shift_ids is not None:
            continue  # a dispatcher wants it where it is
        if _is_cured(present, agreed, ride):
            continue
        placed = _put(present, agreed.requests[ride], times, from_s, shifts)
        result = placed or result
    return result


def _put(day: Day, request: Request, times: TravelTimes, from_s: int, shifts: frozenset[ShiftId]) -> Day | None:
    """The day with a ride taken out and put into some runs within what is agreed."""
    if not shifts:
        return None
    problem = _problem(day, request, times, from_s)
    without = remove(request.id, day.problem(times, from_s), day.plan)
    insertion = Insertions(problem, without).best(replace(request, shift_ids=shifts))
    if insertion is None:
        return None
    return replace(day, requests=problem.requests, plan=without.with_run(insertion.run))


def _problem(day: Day, request: Request, times: TravelTimes, from_s: int) -> Problem:
    return day.problem(times, from_s).with_request(request)


def _reordered(
    day: Day, agreed: Day, times: TravelTimes, from_s: int, shift_id: ShiftId, late: Sequence[RequestId]
) -> Day | None:
    """The day with the rides of a run put into it anew, the most urgent first; None if they do not fit."""
    here = frozenset({shift_id})
    problem = day.problem(times, from_s)
    run = day.plan.runs[shift_id]
    facts = {visit.request_id for visit in run.visits[: fixed_count(run, problem)]}
    free = [r for r in starts_of(run.visits) if r not in facts]
    plan: Plan = day.plan
    for ride in free:
        plan = remove(ride, problem, plan)
    emptied = replace(day, plan=plan, requests={**day.requests, **{r: agreed.requests[r] for r in free}})
    order = [*late, *(r for r in free if r not in late)]
    for ride in sorted(order, key=lambda r: agreed.requests[r].pickup_window.latest_s):
        insertion = Insertions(emptied.problem(times, from_s), emptied.plan).best(
            replace(agreed.requests[ride], shift_ids=here)
        )
        if insertion is None:
            return None
        emptied = replace(emptied, plan=emptied.plan.with_run(insertion.run))
    return emptied


def _is_cured(day: Day, agreed: Day, ride: RequestId) -> bool:
    return not any(ride in late_rides(run, agreed) for run in day.plan.runs.values())


def _cure(
    kind: CureKind,
    shift_id: ShiftId,
    before: Day,
    after: Day,
    agreed: Day,
    times: TravelTimes,
    late: Sequence[RequestId],
) -> Cure:
    added = plan_cost(after.plan, after.problem(times, 0)) - plan_cost(before.plan, before.problem(times, 0))
    cured = tuple(ride for ride in late if _is_cured(after, agreed, ride))
    return Cure(kind, shift_id, cured, tuple(_changes(before, after, agreed)), added, after)


def _changes(before: Day, after: Day, agreed: Day) -> Iterator[Change]:
    old = {r: (s, starts) for s, run in before.plan.runs.items() for r, starts in starts_of(run.visits).items()}
    for shift_id, run in after.plan.runs.items():
        for ride, starts in starts_of(run.visits).items():
            was_in, were = old[ride]
            if was_in != shift_id or starts != were:
                keeps = not ride_lateness(agreed.requests[ride], *_both(starts))
                yield Change(ride, was_in, shift_id, starts[Action.PICKUP] - were[Action.PICKUP], keeps)


def apply_cure(
    sessions: sessionmaker[Session],
    network: Network,
    service_day: ServiceDay,
    kind: CureKind,
    rides: Sequence[RequestId],
    clock: Callable[[], datetime],
    *,
    actor: str,
) -> Cure:
    """Find a cure again and write it, in one transaction.

    Raises
    ------
    NotFoundError
        It is not possible any more.
    DayBusyError
        Others changed the day at the same moment, three times over.
    """
    for _ in range(TRIES):
        with sessions.begin() as session:
            now = clock()
            agreed, day = load_states(session, network.district, service_day)
            cures = list_cures(day, agreed, network, not_before_s(day, network, now))
            cure = next((c for c in cures if c.kind is kind and set(c.rides) >= set(rides)), None)
            if cure is None:
                msg = "This is not possible any more. Please look at the list again."
                raise NotFoundError(msg)
            after = replace(cure.day, version=day.version + 1)
            ask_judge(day, after, network, now)
            if claim_version(session, service_day.on, day.version):
                save_runs(session, network.district, day, after)
                _write(session, agreed, after, cure, actor, now)
                return cure
            session.rollback()
    msg = "The day is being changed by many at once. Please try again in a moment."
    raise DayBusyError(msg)


def _write(session: Session, agreed: Day, after: Day, cure: Cure, actor: str, now: datetime) -> None:
    starts = {r: s for run in after.plan.runs.values() for r, s in starts_of(run.visits).items()}
    for change in cure.changes:
        ride, request = change.request_id, agreed.requests[change.request_id]
        lateness = ride_lateness(request, *_both(starts[ride]))
        save_ride_lateness(session, after.service_day.on, ride, lateness, told_min(late_s(request, lateness)))
        if change.from_shift == change.to_shift and abs(change.pickup_later_s) <= DISTURBED_S:
            continue
        details = {
            "ride": ride,
            "kind": cure.kind.value,
            "from": change.from_shift,
            "to": change.to_shift,
            "later_s": change.pickup_later_s,
        }
        note(session, ride, "cured", details, actor=actor, now=now, on_day=after)
        tell(session, "changed", ride, after, now, {"reason": cure.kind.value})
