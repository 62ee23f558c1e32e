"""Between values and tables: days, bookings and refusals are loaded and saved here, inside a caller's transaction."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from hashlib import blake2b
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Row, delete, func, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from booking.day import Day, open_day
from booking.day_cache import DayCache, DayStates, Stamp
from booking.district import District
from booking.errors import DayBusyError
from booking.lateness import with_ended_shifts, with_lateness
from booking.model import Refusal, StopId
from booking.tables import AreaRow, RefusalRow, RideRow, RunRow, ServiceDayRow, StopRow, VisitRow
from gtfs.service_day import ServiceDay
from routing.model import Action, Load, Plan, Request, RequestId, Run, ShiftId, TimeWindow, Visit

DAYS = "days"
"""Where a session finds the days that were read before (:class:`DayCache`), if whoever made it wants them kept."""
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
    return _load(session, district, service_day).planned


def load_agreed_day(session: Session, district: District, service_day: ServiceDay) -> Day:
    """The day with nothing but what is agreed with riders and drivers: the judge tells what is late.

    A ride that stands in no run counts as unserved: its vehicle broke down, or its shift was taken out of the district
    folder. Every re-planning tries it again, and a dispatcher sees it.

    Raises
    ------
    DayBusyError
        The day changed while it was read, again and again.
    """
    return _load(session, district, service_day).agreed


def _load(session: Session, district: District, service_day: ServiceDay) -> DayStates:
    """Each statement sees what is committed when it begins, so the stamp is read before and after all else.

    If it moved, what was read may belong to two different states of the day, and is read again.
    """
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
    written_by: ColumnElement[int] = literal_column("service_day.xmin::text::bigint")
    row = session.execute(select(ServiceDayRow.version, written_by).where(ServiceDayRow.on == on)).one_or_none()
    return None if row is None else (row[0], row[1])


def _read_day(session: Session, district: District, service_day: ServiceDay, version: int) -> Day:
    opened = with_ended_shifts(session, open_day(district, service_day), district)
    # Rows, not objects of the ORM: a day of 1,500 rides is read in a third of the time.
    rides = session.execute(
        select(*RideRow.__table__.columns).where(RideRow.service_on == service_day.on, RideRow.is_cancelled.is_(False))
    )
    requests = {RequestId(row.id): _request(row, district) for row in rides}
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
    return Day(service_day, version, opened.shifts, requests, Plan(runs, frozenset(requests.keys() - served)))


def find_version(session: Session, on: date) -> int | None:
    """The version of a day, None when nobody has touched it."""
    return session.scalar(select(ServiceDayRow.version).where(ServiceDayRow.on == on))


def _request(row: Row[Any], district: District) -> Request:
    return Request(
        id=RequestId(row.id),
        pickup=district.stop_index[StopId(row.pickup_stop)],
        dropoff=district.stop_index[StopId(row.dropoff_stop)],
        pickup_window=TimeWindow(row.pickup_from_s, row.pickup_to_s),
        dropoff_window=TimeWindow(row.dropoff_from_s, row.dropoff_to_s),
        load=Load(row.seat, row.wheelchair, row.pram, row.walking_frame, row.bike),
        boarding_s=row.boarding_s,
        alighting_s=row.alighting_s,
        max_ride_s=row.max_ride_s,
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
    """
    claimed = session.execute(
        update(ServiceDayRow)
        .where(ServiceDayRow.on == on, ServiceDayRow.version == seen)
        .values(version=ServiceDayRow.version + 1)
    )
    return cast("CursorResult[object]", claimed).rowcount == 1


def save_runs(session: Session, district: District, before: Day, after: Day) -> tuple[ShiftId, ...]:
    """Write the runs that changed, whole. Gives their shifts. The rides they serve must be written before."""
    on = after.service_day.on
    changed = tuple(s for s, run in after.plan.runs.items() if before.plan.runs.get(s) != run)
    # All old visits go first: a ride may move from one run to another, and is boarded once only.
    session.execute(delete(VisitRow).where(VisitRow.service_on == on, VisitRow.shift_id.in_(changed)))
    for shift_id in changed:
        session.execute(insert(RunRow).values(service_on=on, shift_id=shift_id).on_conflict_do_nothing())
        rows = [_visit_values(on, shift_id, i, v, district) for i, v in enumerate(after.plan.runs[shift_id].visits)]
        if rows:
            session.execute(insert(VisitRow), rows)
    return changed


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
    origin = _nearest_stop(district, enquiry.origin.lon, enquiry.origin.lat)
    destination = _nearest_stop(district, enquiry.destination.lon, enquiry.destination.lat)
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
        "alternatives": len(refusal.alternatives),
        "clicks": 1,
        "first_asked_at": now,
    }
    counted = insert(RefusalRow).values(values)
    session.execute(
        counted.on_conflict_do_update(index_elements=[RefusalRow.wish], set_={"clicks": RefusalRow.clicks + 1})
    )


def _nearest_stop(district: District, lon: float, lat: float) -> str:
    """The id of the stop nearest to a point: an address never gets into the table of refusals."""
    return min(district.stops, key=lambda s: ((s.lon - lon) * 0.6) ** 2 + (s.lat - lat) ** 2).id


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
