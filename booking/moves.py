"""A ride into another vehicle because a dispatcher wants it there, and what nobody but a dispatcher moves afterwards.

Every placement keeps what is agreed with everybody; one that does not exist is not forced. A ride that was moved stays
in its vehicle (it is *locked*) until the lock is taken away or the shift ends early. The rides of a run whose order is
locked stay in it and in their order; others may be put in between.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, sessionmaker

from booking.bookings import TRIES, ask_judge, not_before_s
from booking.day import Day
from booking.enquiry_search import Network
from booking.errors import DayBusyError, DoesNotFitError, NotChangeableError, NotFoundError
from booking.lateness import late_s, ride_lateness, save_ride_lateness, starts_of, told_min
from booking.promises import note, tell
from booking.store import claim_version, load_states, open_service_day, save_runs
from booking.tables import AuditRow, RideRow, RunRow
from gtfs.service_day import ServiceDay
from routing.fast_insertion import Insertions
from routing.insertion import SideEffect, remove, side_effects
from routing.model import Action, RequestId, Run, ShiftId
from routing.objective import plan_cost
from routing.schedule import fixed_count

BUSY = "The day is being changed by many at once. Please try again in a moment."


@dataclass(frozen=True, slots=True)
class Placement:
    """A run that a ride could be in, or is in.

    Parameters
    ----------
    is_current
        The ride is there.
    added_cost
        What the day costs more than now, in the planner's units; less than zero if it costs less.
    pickup_s, dropoff_s
        When it would begin and end, seconds of the service day.
    effects
        What it does to the others in that run, as far as anything changes for them.
    day
        The day as it would be.
    """

    shift_id: ShiftId
    is_current: bool
    added_cost: float
    pickup_s: int
    dropoff_s: int
    effects: tuple[SideEffect, ...]
    day: Day


@dataclass(frozen=True)
class Moves:
    """What it takes to move rides. Safe to use from several threads."""

    sessions: sessionmaker[Session]
    network: Network
    clock: Callable[[], datetime]

    def placements(self, service_day: ServiceDay, ride: RequestId) -> tuple[Placement, ...]:
        """The runs a ride could be in with every promise kept: where it is, then the others, cheapest first.

        Raises
        ------
        NotFoundError
            There is no such ride that day.
        NotChangeableError
            Its vehicle has set off for it, or it is in no run.
        """
        with self.sessions() as session:
            agreed, day = self._load(session, service_day)
        return list_placements(day, agreed, ride, self.network, not_before_s(day, self.network, self.clock()))

    def move(
        self, service_day: ServiceDay, ride: RequestId, shift_id: ShiftId, *, actor: str, locks: bool = True
    ) -> Placement:
        """Put a ride into another run, where it costs least there, and leave it there.

        Parameters
        ----------
        locks
            No re-planning takes it out again.

        Raises
        ------
        NotFoundError, NotChangeableError
            No such ride or shift that day; the vehicle has set off for it.
        DoesNotFitError
            Somebody's promise would be broken.
        DayBusyError
            Others changed the day at the same moment, three times over.
        """
        for _ in range(TRIES):
            with self.sessions.begin() as session:
                now = self.clock()
                agreed, day = self._load(session, service_day)
                if shift_id not in day.shifts:
                    msg = f"There is no shift {shift_id} on {service_day.on}."
                    raise NotFoundError(msg)
                from_s = not_before_s(day, self.network, now)
                placements = list_placements(day, agreed, ride, self.network, from_s)
                found = next((p for p in placements if p.shift_id == shift_id), None)
                if found is None:
                    msg = (
                        "The ride does not fit there: somebody's promise would be broken, or the vehicle has no place."
                    )
                    raise DoesNotFitError(msg)
                after = _locked(found.day, ride, shift_id if locks else None)
                after = replace(after, version=day.version + 1)
                ask_judge(day, after, self.network, now)
                moved = replace(found, day=after)
                if claim_version(session, service_day.on, day.version):
                    save_runs(session, self.network.district, day, after)
                    _write(session, agreed, moved, ride, placements[0].shift_id, actor, now)
                    return moved
                session.rollback()
        raise DayBusyError(BUSY)

    def lock(self, service_day: ServiceDay, ride: RequestId, *, actor: str, is_locked: bool) -> None:
        """Leave a ride in the vehicle it is in, whatever is re-planned; or let it go again.

        Raises
        ------
        NotFoundError, NotChangeableError
            No such ride that day; it is in no run.
        DayBusyError
            Others changed the day at the same moment, three times over.
        """

        def write(session: Session, day: Day, now: datetime) -> None:
            shift_id = _shift_of(day, ride)
            _save_lock(session, ride, shift_id if is_locked else None)
            action = "locked" if is_locked else "unlocked"
            note(session, ride, action, {"ride": ride, "shift": shift_id}, actor=actor, now=now, on_day=day)

        self._change(service_day, write)

    def lock_order(self, service_day: ServiceDay, shift_id: ShiftId, *, actor: str, is_locked: bool) -> None:
        """Leave the rides of a run in it and in their order, whatever is re-planned; or let them go again.

        Raises
        ------
        NotFoundError
            No such shift that day.
        DayBusyError
            Others changed the day at the same moment, three times over.
        """

        def write(session: Session, day: Day, now: datetime) -> None:
            if shift_id not in day.shifts:
                msg = f"There is no shift {shift_id} on {service_day.on}."
                raise NotFoundError(msg)
            values = {"service_on": service_day.on, "shift_id": shift_id, "is_order_locked": is_locked}
            row = insert(RunRow).values(values)
            session.execute(
                row.on_conflict_do_update(
                    index_elements=[RunRow.service_on, RunRow.shift_id], set_={"is_order_locked": is_locked}
                )
            )
            action = "order_locked" if is_locked else "order_unlocked"
            entry = AuditRow(
                at=now,
                actor=actor,
                action=action,
                service_on=service_day.on,
                booking_id=None,
                details={"shift": shift_id},
            )
            session.add(entry)

        self._change(service_day, write)

    def _change(self, service_day: ServiceDay, write: Callable[[Session, Day, datetime], None]) -> None:
        """Write something about a day that changes no run: its version counts up all the same."""
        for _ in range(TRIES):
            with self.sessions.begin() as session:
                open_service_day(session, service_day.on)
                _, day = self._load(session, service_day)
                if claim_version(session, service_day.on, day.version):
                    write(session, day, self.clock())
                    return
                session.rollback()
        raise DayBusyError(BUSY)

    def _load(self, session: Session, service_day: ServiceDay) -> tuple[Day, Day]:
        return load_states(session, self.network.district, service_day)


def _write(
    session: Session, agreed: Day, moved: Placement, ride: RequestId, from_shift: ShiftId, actor: str, now: datetime
) -> None:
    """What is noted of a ride that was moved, and who is told."""
    after, request = moved.day, agreed.requests[ride]
    lateness = ride_lateness(request, moved.pickup_s, moved.dropoff_s)
    save_ride_lateness(session, after.service_day.on, ride, lateness, told_min(late_s(request, lateness)))
    is_locked = after.requests[ride].shift_ids is not None
    _save_lock(session, ride, moved.shift_id if is_locked else None)
    details = {"ride": ride, "from": from_shift, "to": moved.shift_id, "is_locked": is_locked}
    note(session, ride, "moved", details, actor=actor, now=now, on_day=after)
    if from_shift != moved.shift_id:
        tell(session, "changed", ride, after, now, {"reason": "moved"})


def list_placements(day: Day, agreed: Day, ride: RequestId, network: Network, from_s: int) -> tuple[Placement, ...]:
    """Where a ride could be: the run it is in first, then the others, cheapest first.

    Parameters
    ----------
    day, agreed
        As it can be planned, and with nothing but what is agreed.
    from_s
        Nothing before is changed.

    Raises
    ------
    NotFoundError, NotChangeableError
        There is no such ride; its vehicle has set off for it, or it is in no run.
    """
    current = _shift_of(day, ride)
    problem = day.problem(network.artefacts.times, from_s)
    run = day.plan.runs[current]
    if any(visit.request_id == ride for visit in run.visits[: fixed_count(run, problem)]):
        msg = "The vehicle has set off for this ride: it cannot be moved any more."
        raise NotChangeableError(msg)
    if current in problem.order_locked:
        msg = "The order of this run is locked. Please unlock it first."
        raise NotChangeableError(msg)
    cost = plan_cost(day.plan, problem)
    starts = starts_of(run.visits)[ride]
    found = [Placement(current, True, 0.0, starts[Action.PICKUP], starts[Action.DROPOFF], (), day)]
    without = remove(ride, problem, day.plan)
    request = agreed.requests[ride]
    insertions = Insertions(replace(problem, requests={**day.requests, ride: request}), without)
    others = []
    for shift_id in day.shifts:
        insertion = None
        if shift_id != current:
            insertion = insertions.best(replace(request, shift_ids=frozenset({shift_id})))
        if insertion is None:
            continue
        plan = without.with_run(insertion.run)
        after = replace(day, requests={**day.requests, ride: replace(request, shift_ids=None)}, plan=plan)
        added = plan_cost(plan, after.problem(network.artefacts.times, from_s)) - cost
        effects = _effects(day.plan.runs[shift_id], insertion.run, after, network, from_s)
        others.append(Placement(shift_id, False, added, insertion.pickup_s, insertion.dropoff_s, effects, after))
    return (*found, *sorted(others, key=lambda p: (round(p.added_cost, 6), p.shift_id)))


def _effects(before: Run, after: Run, day: Day, network: Network, from_s: int) -> tuple[SideEffect, ...]:
    effects = side_effects(before, after, day.problem(network.artefacts.times, from_s))
    return tuple(e for e in effects if e.pickup_shift_s or e.dropoff_shift_s)


def _shift_of(day: Day, ride: RequestId) -> ShiftId:
    if ride not in day.requests:
        msg = f"There is no ride {ride} on {day.service_day.on}."
        raise NotFoundError(msg)
    found = next((s for s, run in day.plan.runs.items() if ride in run.request_ids()), None)
    if found is None:
        msg = "The ride is in no vehicle yet: it is placed by itself as soon as one is free."
        raise NotChangeableError(msg)
    return found


def _locked(day: Day, ride: RequestId, shift_id: ShiftId | None) -> Day:
    request = replace(day.requests[ride], shift_ids=None if shift_id is None else frozenset({shift_id}))
    return replace(day, requests={**day.requests, ride: request})


def _save_lock(session: Session, ride: RequestId, shift_id: ShiftId | None) -> None:
    session.execute(update(RideRow).where(RideRow.id == ride).values(locked_shift=shift_id))
