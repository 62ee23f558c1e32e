"""What must be true of the service at every moment, whatever happened: read from the tables by its own queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from booking.bookings import OF_FACTS
from booking.day import Day
from booking.model import Booking, BookingCode, BookingState
from booking.operation import Operation
from booking.store import load_states
from gtfs.service_day import ServiceDay
from routing.violations import violations

IN_THE_PLAN = ("held", "confirmed")
_RIDES = """
    select ride.id, ride.booking_id, ride.is_cancelled, ride.service_on, booking.state, booking.code,
           ride.pickup_stop, ride.pickup_from_s, ride.pickup_to_s, ride.dropoff_from_s, ride.dropoff_to_s
    from ride join booking on booking.id = ride.booking_id
"""
_VISITS = "select service_on, shift_id, position, ride_id, action, start_s from visit order by 1, 2, 3"


@dataclass
class DayOracle:
    """Looks at everything after each act, and remembers what was promised.

    Parameters
    ----------
    confirmed, gone
        The codes that riders were told are booked, and those they were told are cancelled.
    """

    operation: Operation
    confirmed: set[BookingCode] = field(default_factory=set)
    gone: set[BookingCode] = field(default_factory=set)
    _windows: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    _told: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    _versions: dict[date, int] = field(default_factory=dict)
    _told_before: set[Any] = field(default_factory=set)
    _audit: int = 0
    _outbox: int = 0

    def promised(self, codes: Iterable[BookingCode]) -> None:
        """Somebody was told that these are booked."""
        self.confirmed |= set(codes)

    def cancelled(self, codes: Iterable[BookingCode]) -> None:
        """Somebody was told that these are cancelled."""
        self.gone |= set(codes)

    def replaced(self, before: Booking, after: Booking) -> None:
        """A booking was changed; it keeps its code."""
        assert before.code == after.code

    def look(self, what: str) -> None:
        """Raise AssertionError, naming the act, unless all is well."""
        whole = self.operation.database.engine.execution_options(isolation_level="REPEATABLE READ")
        with whole.connect() as connection:  # all of it as it was at one moment
            rides = connection.execute(text(_RIDES)).mappings().all()
            visits = connection.execute(text(_VISITS)).mappings().all()
            unplaced = set(connection.scalars(text(_UNPLACED)))
            states = {code: state for code, state in connection.execute(text("select code, state from booking"))}  # noqa: C416 - rows
            versions = {on: version for on, version in connection.execute(text(_DAYS))}  # noqa: C416 - rows
            news = self._news(connection)
        self._look_at_plan(rides, visits, unplaced, what)
        self._look_at_journeys(rides, what)
        self._look_at_promises(rides, news, what)
        for code in self.confirmed - self.gone:
            assert states.get(code) == BookingState.CONFIRMED, f"{what}: {code} was confirmed and is {states.get(code)}"
        for code in self.gone:
            assert states.get(code) == BookingState.CANCELLED, f"{what}: {code} was cancelled and is {states.get(code)}"
        for on, version in self._versions.items():
            assert versions.get(on, 0) >= version, f"{what}: the version of {on} went back"
        self._versions = versions
        for on in versions:
            self._judge(on, what)

    def _news(self, connection: Any) -> tuple[list[Any], list[Any]]:  # noqa: ANN401 - of SQLAlchemy
        audit = connection.execute(
            text("select id, action, booking_id, details from audit where id > :last order by id"),
            {"last": self._audit},
        ).all()
        outbox = connection.execute(
            text("select id, kind, booking_id from outbox where id > :last order by id"), {"last": self._outbox}
        ).all()
        self._audit = max([self._audit, *(row.id for row in audit)])
        self._outbox = max([self._outbox, *(row.id for row in outbox)])
        return audit, outbox

    def _look_at_plan(self, rides: Sequence[Any], visits: Sequence[Any], unplaced: set[str], what: str) -> None:
        """Each ride that stands is picked up once and then dropped off by the same vehicle; no other is in a run."""
        seen: dict[str, list[tuple[Any, ...]]] = {}
        for visit in visits:
            if visit["ride_id"] is not None:
                key = visit["service_on"], visit["shift_id"]
                seen.setdefault(visit["ride_id"], []).append((key, visit["position"], visit["action"]))
        for ride in rides:
            stands = ride["state"] in IN_THE_PLAN and not ride["is_cancelled"]
            found = seen.pop(ride["id"], [])
            if not stands:
                assert not found, f"{what}: {ride['id']} ({ride['state']}) is in a run"
            if not stands or (not found and ride["id"] in unplaced):
                continue
            assert [action for _, _, action in found] == ["pickup", "dropoff"], f"{what}: {ride['id']} has {found}"
            assert found[0][0] == found[1][0], f"{what}: {ride['id']} changes the vehicle"
        assert not seen, f"{what}: rides of nobody: {seen}"

    def _look_at_journeys(self, rides: Sequence[Any], what: str) -> None:
        """A journey stands as a whole or not at all; who did not come has no ride left from there on."""
        for ride in rides:
            if ride["state"] == "cancelled":
                assert ride["is_cancelled"], f"{what}: {ride['id']} of a cancelled booking is not"

    def _look_at_promises(self, rides: Sequence[Any], news: tuple[list[Any], list[Any]], what: str) -> None:
        """Whatever is agreed with a rider changes only by a decision that is noted and told."""
        audit, outbox = news
        decided = {(row.details or {}).get("ride") for row in audit if row.action == "promise_changed"}
        told = {row.booking_id for row in outbox} | self._told_before
        self._told_before |= {row.booking_id for row in outbox if row.kind in ("delayed", "changed", "at_risk")}
        for ride in rides:
            windows = tuple(ride[name] for name in _AGREED)
            before = self._windows.get(ride["id"], windows)
            if windows != before and ride["state"] in IN_THE_PLAN:
                assert ride["id"] in decided, f"{what}: the promise of {ride['id']} was changed without a decision"
            self._windows[ride["id"]] = windows
            promised = self._told.setdefault(ride["id"], windows)
            if ride["state"] in IN_THE_PLAN and not _is_kept(promised, windows):
                assert ride["booking_id"] in told, f"{what}: the promise of {ride['id']} was changed and nobody told"
                self._told[ride["id"]] = windows

    def _judge(self, on: date, what: str) -> None:
        database, district = self.operation.database, self.operation.district
        service_day = ServiceDay(on, district.zone)
        with database.sessions() as session, Session(database.engine) as without_cache:
            states = load_states(session, district, service_day)
            read = load_states(without_cache, district, service_day)
        if states.agreed.version == read.agreed.version:
            for known, there in zip(states, read, strict=True):
                differs = [f.name for f in fields(Day) if getattr(known, f.name) != getattr(there, f.name)]
                assert not differs, f"{what}: {differs} known of {on} are not what the tables say"
        day = states.planned
        judged = violations(day.plan, day.problem(self.operation.network.artefacts.times, 0))
        with self.operation.database.engine.connect() as connection:
            driven = set(
                connection.scalars(
                    text("select distinct shift_id from driver_event where service_on = :on"), {"on": on}
                )
            )
        # What drivers do in another order than planned nobody can undo.
        found = [v for v in judged if not (v.kind in OF_FACTS and v.shift_id in driven)]
        assert not found, f"{what}: the judge finds {found} on {on}"


def _is_kept(promised: tuple[Any, ...], windows: tuple[Any, ...]) -> bool:
    """Whether what is agreed now lies within what the rider was told: the same stop, no earlier and no later."""
    (stop, *told), (now_stop, *now) = promised, windows
    return stop == now_stop and told[0] <= now[0] and now[1] <= told[1] and told[2] <= now[2] and now[3] <= told[3]


_AGREED = ("pickup_stop", "pickup_from_s", "pickup_to_s", "dropoff_from_s", "dropoff_to_s")
_DAYS = 'select "on", version from service_day'
_DRIVEN = "select distinct shift_id from driver_event where service_on = :on"
_UNPLACED = "select details ->> 'ride' from audit where action = 'unplaced'"
"""Rides of which it was decided, and said to the rider, that no vehicle drives them as things stand."""
