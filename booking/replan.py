"""A better plan for the rest of a day, shown as what would change, to be taken over whole or in part.

What is found changes no promise. It falls apart into groups of runs between which riders would move: each group can be
taken over without the others, for runs know nothing of each other. Nothing is kept between showing and taking over: the
search is repeated with the moment, seed and steps it was made with, and gives the same plan for the same day.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from booking.bookings import PlanBrokenError, ask_judge, not_before_s
from booking.day import Day
from booking.enquiry_search import Network
from booking.errors import StaleError
from booking.store import claim_version, load_day, save_runs
from booking.tables import AuditRow
from gtfs.service_day import ServiceDay
from routing.model import Action, Plan, RequestId, Run, ShiftId
from routing.objective import DEFAULT_WEIGHTS, plan_cost
from routing.solve import Budget, solve

STEPS = 4_000
CHANGED = "The day has changed since you looked at it. Please look again, then decide anew."


@dataclass(frozen=True, slots=True)
class MovedRide:
    """A ride that would be driven otherwise; pickups in seconds of the service day."""

    ride: RequestId
    from_shift: ShiftId
    to_shift: ShiftId
    before_s: int
    after_s: int


@dataclass(frozen=True, slots=True)
class Group:
    """Runs that can only change together.

    Parameters
    ----------
    saved
        In the planner's units: about a second of a vehicle's time each.
    """

    shifts: tuple[ShiftId, ...]
    rides: tuple[MovedRide, ...]
    saved: float

    @property
    def name(self) -> ShiftId:
        """By what it is taken over: the first of its runs."""
        return self.shifts[0]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would change.

    Parameters
    ----------
    version, at
        Of the day it was found for, and when; both are needed to take it over.
    groups
        Those that save something, most first.
    """

    version: int
    at: datetime
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Replans:
    """What it takes to find and take over better plans. Safe to use from several threads."""

    sessions: sessionmaker[Session]
    network: Network
    clock: Callable[[], datetime]

    def propose(self, service_day: ServiceDay) -> Proposal:
        """A better plan for the rest of the day, as groups of changes; none if nothing was found."""
        with self.sessions() as session:
            day = load_day(session, self.network.district, service_day)
        at = self.clock()
        return Proposal(day.version, at, tuple(self._groups(day, at)))

    def accept(
        self, service_day: ServiceDay, proposal: tuple[int, datetime], names: Collection[ShiftId], *, actor: str
    ) -> tuple[Group, ...]:
        """Take over some groups of a proposal.

        Parameters
        ----------
        proposal
            Its version and moment.
        names
            Of the groups.

        Raises
        ------
        StaleError
            The day has changed since, or a vehicle has set off meanwhile.
        """
        version, at = proposal
        with self.sessions() as session:
            day = load_day(session, self.network.district, service_day)
        if day.version != version:
            raise StaleError(CHANGED)
        after = self._search(day, at)
        taken = tuple(group for group in self._groups(day, at, after) if group.name in names)
        if not taken:
            return ()
        runs = {shift_id: after.runs[shift_id] for group in taken for shift_id in group.shifts}
        changed = day.changed(Plan({**day.plan.runs, **runs}, day.plan.unserved), day.requests)
        now = self.clock()
        try:
            ask_judge(day, changed, self.network, now)
        except PlanBrokenError as fault:
            raise StaleError(CHANGED) from fault
        with self.sessions.begin() as session:
            if not claim_version(session, service_day.on, day.version):
                raise StaleError(CHANGED)
            shifts = save_runs(session, self.network.district, day, changed)
            details = {"shifts": list(shifts), "saved": round(sum(group.saved for group in taken), 1)}
            session.add(AuditRow(at=now, actor=actor, action="replanned", service_on=service_day.on, details=details))
        return taken

    def _search(self, day: Day, at: datetime) -> Plan:
        if not day.requests:
            return day.plan
        problem = day.problem(self.network.artefacts.times, not_before_s(day, self.network, at))
        return solve(problem, weights=DEFAULT_WEIGHTS, seed=0, budget=Budget(None, STEPS), start=day.plan).plan

    def _groups(self, day: Day, at: datetime, after: Plan | None = None) -> list[Group]:
        plan = self._search(day, at) if after is None else after
        problem = day.problem(self.network.artefacts.times, not_before_s(day, self.network, at))
        moved = list(moved_rides(day.plan.runs, plan.runs))
        changed = [shift_id for shift_id, run in plan.runs.items() if day.plan.runs.get(shift_id) != run]
        before = plan_cost(day.plan, problem)
        found = []
        for shifts in linked_runs(changed, moved):
            part = Plan({**day.plan.runs, **{s: plan.runs[s] for s in shifts}}, day.plan.unserved)
            saved = before - plan_cost(part, problem)
            if saved > 0:
                rides = tuple(move for move in moved if move.to_shift in shifts)
                found.append(Group(tuple(sorted(shifts)), rides, saved))
        return sorted(found, key=lambda group: (-group.saved, group.shifts))


def moved_rides(before: Mapping[ShiftId, Run], after: Mapping[ShiftId, Run]) -> Iterable[MovedRide]:
    """Rides whose vehicle or time of pickup would be another one, in the order of the new pickups."""
    old = _pickups(before)
    found = [
        MovedRide(ride, old[ride][0], shift_id, old[ride][1], start_s)
        for ride, (shift_id, start_s) in _pickups(after).items()
        if ride in old and old[ride] != (shift_id, start_s)
    ]
    return sorted(found, key=lambda move: (move.after_s, move.ride))


def linked_runs(changed: Iterable[ShiftId], moved: Iterable[MovedRide]) -> list[set[ShiftId]]:
    """Runs that changed, in sets between which no rider moves."""
    sets = [{shift_id} for shift_id in changed]
    for move in moved:
        touched = [one for one in sets if one & {move.from_shift, move.to_shift}]
        rest = [one for one in sets if not one & {move.from_shift, move.to_shift}]
        sets = [*rest, set[ShiftId]().union(*touched)]
    return [one for one in sets if one]


def _pickups(runs: Mapping[ShiftId, Run]) -> dict[RequestId, tuple[ShiftId, int]]:
    return {
        visit.request_id: (shift_id, visit.start_s)
        for shift_id, run in runs.items()
        for visit in run.visits
        if visit.action is Action.PICKUP and visit.request_id is not None
    }
