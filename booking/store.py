"""Between values and tables: days, bookings and refusals are loaded and saved here, inside a caller's transaction."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from hashlib import blake2b
from itertools import takewhile
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Row,
    and_,
    bindparam,
    delete,
    event,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from booking.day import Day, open_day
from booking.day_cache import DayCache, DayStates, Stamp
from booking.district import District
from booking.errors import DayBusyError
from booking.lateness import with_ended_shifts, with_lateness
from booking.model import Refusal, StopId
from booking.preconditions import check_seen
from booking.stored_offers import nearest_stop
from booking.tables import AreaRow, RefusalRow, RideRow, RunRow, ServiceDayRow, StopRow, VisitRow
from gtfs.service_day import ServiceDay
from routing.model import KINDS_OF_PLACES, Action, Load, Plan, Request, RequestId, Run, ShiftId, TimeWindow, Visit

DAYS = "days"
"""Where a session finds the days that were read before (:class:`DayCache`), if whoever made it wants them kept."""
CLAIMED = "claimed"
"""Where a session notes the stamps of the days that it has claimed."""
_WRITTEN_BY: ColumnElement[int] = literal_column("service_day.xmin::text::bigint")
LOOKS = 20
"""How often a day is read anew while others change it."""


def load_day(session: Session, district: District, service_day: ServiceDay) -> Day:
    """The day as the database has it, as it can be planned: what is known to be late counts as allowed.

    A day nobody has touched is open and at version 0.

    Raises
    ------
    DayBusyError
        The day changed while it was read, again and again.
    """
    return load_states(session, district, service_day).planned


def load_agreed_day(session: Session, district: District, service_day: ServiceDay) -> Day:
    """The day with nothing but what is agreed with riders and drivers: the judge tells what is late.

    A ride that stands in no run counts as unserved: its vehicle broke down, or its shift was taken out of the district
    folder. Every re-planning tries it again, and a dispatcher sees it.

    Raises
    ------
    DayBusyError
        The day changed while it was read, again and again.
    """
    return load_states(session, district, service_day).agreed


def load_states(session: Session, district: District, service_day: ServiceDay) -> DayStates:
    """The day as it was agreed, and as it can be planned: both as they were at one moment.

    Whoever needs both reads them here: between two calls somebody may book.

    Raises
    ------
    DayBusyError
        The day changed while it was read, again and again.
    """
    # Each statement sees what is committed when it begins, so the stamp is read before and after all else. If it moved,
    # what was read may belong to two different states of the day, and is read again.
    cache: DayCache | None = session.info.get(DAYS)
    for _ in range(LOOKS):
        stamp = _find_stamp(session, service_day.on)
        if stamp is None:
            opened = open_day(district, service_day)
            return DayStates(opened, opened)
        known = None if cache is None else cache.find(district, service_day.on, stamp)
        if known is not None:
            return known
        agreed = _read_day(session, district, service_day, stamp[0])
        states = DayStates(agreed, with_lateness(session, agreed))
        if _find_stamp(session, service_day.on) == stamp:
            if cache is not None:
                cache.keep(district, stamp, states)
            return states
    msg = "The day is being changed by many at once. Please try again in a moment."
    raise DayBusyError(msg)


def _find_stamp(session: Session, on: date) -> Stamp | None:
    row = session.execute(select(ServiceDayRow.version, _WRITTEN_BY).where(ServiceDayRow.on == on)).one_or_none()
    return None if row is None else (row[0], row[1])


def _read_day(session: Session, district: District, service_day: ServiceDay, version: int) -> Day:
    opened = with_ended_shifts(session, open_day(district, service_day), district)
    # Rows, not objects of the ORM: a day of 1,500 rides is read in a third of the time.
    rides = session.execute(
        select(*RideRow.__table__.columns).where(RideRow.service_on == service_day.on, RideRow.is_cancelled.is_(False))
    )
    requests = {RequestId(row.id): _request(row, district, opened.shifts) for row in rides}
    rows = session.execute(
        select(*VisitRow.__table__.columns)
        .where(VisitRow.service_on == service_day.on)
        .order_by(VisitRow.shift_id, VisitRow.position)
    )
    visits: dict[ShiftId, list[Visit]] = {}
    for row in rows:
        visits.setdefault(ShiftId(row.shift_id), []).append(_visit(row, district))
    found = {shift_id: Run(shift_id, tuple(vs)) for shift_id, vs in visits.items() if shift_id in opened.shifts}
    runs = {**opened.plan.runs, **found}
    served = frozenset(visit.request_id for run in runs.values() for visit in run.visits)
    locked = session.scalars(select(RunRow.shift_id).where(RunRow.service_on == service_day.on, RunRow.is_order_locked))
    plan = Plan(runs, frozenset(requests.keys() - served))
    return Day(service_day, version, opened.shifts, requests, plan, frozenset(ShiftId(s) for s in locked))


def find_version(session: Session, on: date) -> int | None:
    """The version of a day, None when nobody has touched it."""
    return session.scalar(select(ServiceDayRow.version).where(ServiceDayRow.on == on))


def _request(row: Row[Any], district: District, shifts: Collection[ShiftId]) -> Request:
    # A shift that was taken out of the folder meanwhile holds nobody.
    is_locked = row.locked_shift is not None and row.locked_shift in shifts
    return Request(
        id=RequestId(row.id),
        pickup=district.stop_index[StopId(row.pickup_stop)],
        dropoff=district.stop_index[StopId(row.dropoff_stop)],
        pickup_window=TimeWindow(row.pickup_from_s, row.pickup_to_s),
        dropoff_window=TimeWindow(row.dropoff_from_s, row.dropoff_to_s),
        load=Load(*(getattr(row, kind) for kind in KINDS_OF_PLACES)),
        boarding_s=row.boarding_s,
        alighting_s=row.alighting_s,
        max_ride_s=row.max_ride_s,
        shift_ids=frozenset({ShiftId(row.locked_shift)}) if is_locked else None,
    )


def _visit(row: Row[Any], district: District) -> Visit:
    return Visit(
        action=Action(row.action),
        location=district.stop_index[StopId(row.stop_id)],
        start_s=row.start_s,
        request_id=None if row.ride_id is None else RequestId(row.ride_id),
        break_index=row.break_index,
    )


def open_service_day(session: Session, on: date) -> None:
    """Make sure that the day has its row, so that its version can be claimed."""
    session.execute(insert(ServiceDayRow).values(on=on, version=0).on_conflict_do_nothing())


def claim_version(session: Session, on: date, seen: int) -> bool:
    """Take the next version of a day if nobody has taken it since ``seen``.

    The row stays locked until the transaction ends: a second writer waits here, then finds zero rows and looks again.

    Raises
    ------
    StaleError
        Whoever asked for the change has seen another version than this one.
    """
    check_seen(on, seen)
    claimed = session.execute(
        update(ServiceDayRow)
        .where(ServiceDayRow.on == on, ServiceDayRow.version == seen)
        .values(version=ServiceDayRow.version + 1)
        .returning(ServiceDayRow.version, _WRITTEN_BY)
    ).one_or_none()
    if claimed is None:
        return False
    session.info.setdefault(CLAIMED, {})[on] = (claimed[0], claimed[1])
    return True


def keep_written(session: Session, district: District, states: DayStates) -> None:
    """Let a day that this transaction has claimed and written be known as it is, once that is committed.

    Whoever asks next need not read it. ``states`` must be what would be read.
    """
    cache: DayCache | None = session.info.get(DAYS)
    if cache is None:
        return
    stamp: Stamp = session.info[CLAIMED][states.agreed.service_day.on]
    event.listen(session, "after_commit", lambda _: cache.keep(district, stamp, states), once=True)


def save_runs(session: Session, district: District, before: Day, after: Day) -> tuple[ShiftId, ...]:
    """Write the runs that changed, whole. Gives their shifts. The rides they serve must be written before."""
    on = after.service_day.on
    changed = tuple(s for s, run in after.plan.runs.items() if before.plan.runs.get(s) != run)
    same = {s: _same_visits(before.plan.runs.get(s), after.plan.runs[s]) for s in changed}
    if changed:
        # All old visits go first: a ride may move from one run to another, and is boarded once only.
        is_old = (and_(VisitRow.shift_id == s, VisitRow.position >= first) for s, first in same.items())
        session.execute(delete(VisitRow).where(VisitRow.service_on == on, or_(*is_old)))
        runs = [{"service_on": on, "shift_id": shift_id} for shift_id in changed]
        session.execute(insert(RunRow).values(runs).on_conflict_do_nothing())
    visits = [
        _visit_values(on, shift_id, position, visit, district)
        for shift_id in changed
        for position, visit in enumerate(after.plan.runs[shift_id].visits)
        if position >= same[shift_id]
    ]
    if visits:
        # One statement with a column of values each: a row each takes ten times as long, and runs have sixty of them.
        columns = {name: [row[name] for row in visits] for name in visits[0]}
        values = [
            func.unnest(bindparam(name, column, type_=ARRAY(VisitRow.__table__.c[name].type)))
            for name, column in columns.items()
        ]
        session.execute(insert(VisitRow).from_select([*columns], select(*values)))
    return changed


def _same_visits(before: Run | None, after: Run) -> int:
    """How many visits at the front of a run stand in the database as they are."""
    if before is None or not before.request_ids():
        return 0  # nothing may be written yet: a run that nobody has booked in is read from the district's folder
    pairs = zip(before.visits, after.visits, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _visit_values(on: date, shift_id: ShiftId, position: int, visit: Visit, district: District) -> dict[str, object]:
    return {
        "service_on": on,
        "shift_id": shift_id,
        "position": position,
        "action": visit.action.value,
        "stop_id": district.stops[visit.location].id,
        "start_s": visit.start_s,
        "ride_id": visit.request_id,
        "break_index": visit.break_index,
    }


def save_refusal(
    session: Session, refusal: Refusal, district: District, service_day: ServiceDay, now: datetime
) -> None:
    """Keep a refusal without personal data. The same wish asked again counts a click, not a second refusal."""
    enquiry, party = refusal.enquiry, refusal.enquiry.party
    # The nearest stops: an address never gets into the table of refusals.
    origin = nearest_stop(district, enquiry.origin.lon, enquiry.origin.lat).id
    destination = nearest_stop(district, enquiry.destination.lon, enquiry.destination.lat).id
    hour = service_day.seconds(enquiry.wished_at) // 3600
    wish = (service_day.on.isoformat(), hour, enquiry.timing, origin, destination, party, refusal.explanation.reason)
    values = {
        "wish": blake2b(repr(wish).encode(), digest_size=16).hexdigest(),
        "service_on": service_day.on,
        "hour": hour,
        "timing": enquiry.timing.value,
        "reason": refusal.explanation.reason.value,
        "rule": refusal.explanation.rule,
        "channel": enquiry.channel.value,
        "origin_stop": origin,
        "destination_stop": destination,
        "persons": party.persons,
        "wheelchairs": party.wheelchairs,
        "needs": needs_text(party.load()),
        "alternatives": len(refusal.alternatives),
        "clicks": 1,
        "first_asked_at": now,
    }
    counted = insert(RefusalRow).values(values)
    session.execute(
        counted.on_conflict_do_update(index_elements=[RefusalRow.wish], set_={"clicks": RefusalRow.clicks + 1})
    )


def needs_text(load: Load) -> str:
    """What a party needs beside seats, as text: ``wheelchair+dog``; empty for nothing."""
    return "+".join(kind for kind in load.as_dict() if kind != "seat")


def count_refusals(session: Session, on: date) -> dict[str, int]:
    """Refused wishes of a day by reason, most frequent first."""
    rows = session.execute(
        select(RefusalRow.reason, func.count())
        .where(RefusalRow.service_on == on)
        .group_by(RefusalRow.reason)
        .order_by(func.count().desc(), RefusalRow.reason)
    )
    return {reason: number for reason, number in rows}  # noqa: C416 - rows are no pairs to mypy


def save_places(session: Session, district: District) -> None:
    """Bring stops and areas of the folder into the database, for maps and evaluations in SQL."""
    stops = (
        {
            "id": stop.id,
            "name": stop.name,
            "place": stop.place,
            "is_hub": stop.is_hub,
            "is_accessible": stop.is_accessible,
            "geom": f"SRID=4326;POINT({stop.lon} {stop.lat})",
        }
        for stop in district.stops
    )
    areas = ({"id": area.id, "name": area.name, "geom": f"SRID=4326;{area.polygon.wkt}"} for area in district.areas)
    _replace(session, StopRow, stops)
    _replace(session, AreaRow, areas)


def _replace(session: Session, table: type[StopRow | AreaRow], rows: Iterable[Mapping[str, object]]) -> None:
    session.execute(delete(table))
    values = list(rows)
    if values:
        session.execute(insert(table), values)
