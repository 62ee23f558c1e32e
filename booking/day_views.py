"""A day as staff see it: visits at one place put together, riders with their promises, names and phones."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from booking.connections import ConnectionDecision, newest_decisions
from booking.day import Day
from booking.district import District, Vehicle
from booking.driver_events import DriverEvent, EventKind, load_events
from booking.enquiry_search import Network
from booking.held_connections import Decision
from booking.model import IN_THE_PLAN, BookingCode, BookingId, Offer, RideLeg
from booking.store import count_refusals, load_day
from booking.stored_offers import offer_of
from booking.tables import BookingRow, RideRow
from booking.views import DayView, RiderView, RunView, VisitView
from gtfs.service_day import ServiceDay
from routing.model import Action, RequestId, Run, Shift, Visit
from routing.travel_times import TravelTimes

Bookings = Mapping[RequestId, tuple[BookingRow, Offer, RideLeg]]
Decisions = Mapping[RequestId, ConnectionDecision]
REPORTS_OF = {
    EventKind.BOARDED: (Action.PICKUP,),
    EventKind.ALIGHTED: (Action.DROPOFF,),
    EventKind.NO_SHOW: (Action.PICKUP, Action.DROPOFF),
}
"""Which ends of a ride are over when this is reported."""


def day_view(session: Session, network: Network, service_day: ServiceDay) -> DayView:
    """All runs of a day with their riders, and the counts of the day."""
    day = load_day(session, network.district, service_day)
    bookings = _bookings(session, service_day)
    decisions = newest_decisions(session, service_day.on)
    booked = session.execute(
        select(func.count(), func.coalesce(func.sum(BookingRow.persons), 0)).where(
            BookingRow.service_on == service_day.on, BookingRow.state.in_(IN_THE_PLAN)
        )
    ).one()
    return DayView(
        on=service_day.on,
        version=day.version,
        runs=tuple(
            run_view(network, day, day.plan.runs[shift.id], bookings, decisions)
            for shift in sorted(day.shifts.values(), key=lambda s: (s.start_s, s.id))
        ),
        bookings=booked[0],
        riders=int(booked[1]),
        refusals=count_refusals(session, service_day.on),
    )


def manifest(session: Session, network: Network, service_day: ServiceDay, shift_id: str) -> RunView | None:
    """One run as the driver reads it, None when no such shift is driven that day."""
    day = load_day(session, network.district, service_day)
    run = next((run for shift, run in day.plan.runs.items() if shift == shift_id), None)
    if run is None:
        return None
    view = run_view(network, day, run, _bookings(session, service_day), newest_decisions(session, service_day.on))
    return with_reports(view, load_events(session, service_day.on))


def with_reports(run: RunView, events: Iterable[DriverEvent]) -> RunView:
    """A run in which stands what its driver has reported of its riders."""
    reported: dict[tuple[RequestId | None, Action], DriverEvent] = {}
    for event in events:
        for action in REPORTS_OF.get(event.kind, ()):
            reported[event.ride_id, action] = event

    def told(rider: RiderView) -> RiderView:
        event = reported.get((rider.request_id, rider.action))
        if event is None:
            return rider
        return replace(rider, reported_at=event.at, is_absent=event.kind is EventKind.NO_SHOW)

    return replace(run, visits=tuple(replace(v, riders=tuple(told(r) for r in v.riders)) for v in run.visits))


def _bookings(session: Session, service_day: ServiceDay) -> Bookings:
    rows = session.scalars(
        select(BookingRow)
        .where(
            BookingRow.service_on == service_day.on,
            BookingRow.state.in_(IN_THE_PLAN),
            BookingRow.offer != {},  # anonymised, of a program too old to be read
        )
        .options(selectinload(BookingRow.rides), selectinload(BookingRow.contact))
    )
    found: dict[RequestId, tuple[BookingRow, Offer, RideLeg]] = {}
    for row in rows:
        offer = offer_of(row)
        found |= {RequestId(ride.id): (row, offer, _leg(offer, ride)) for ride in row.rides}
    return found


def _leg(offer: Offer, ride: RideRow) -> RideLeg:
    leg = offer.legs[ride.leg_index]
    if not isinstance(leg, RideLeg):
        msg = f"leg {ride.leg_index} of a booking is no ride"
        raise TypeError(msg)
    return leg


def run_view(network: Network, day: Day, run: Run, bookings: Bookings, decisions: Decisions | None = None) -> RunView:
    """A run with the visits at one place put together."""
    shift, district = day.shifts[run.shift_id], network.district
    vehicle = district.vehicle_by_id[shift.vehicle_id]
    return RunView(
        on=day.service_day.on,
        shift_id=shift.id,
        vehicle_name=vehicle.name,
        owner=vehicle.owner,
        layouts=layouts_text(vehicle),
        start_at=day.service_day.at(shift.start_s),
        end_at=day.service_day.at(shift.end_s),
        start_stop_name=district.stops[shift.start].name,
        end_stop_name=district.stops[shift.end].name,
        visits=_visit_views(district, day, run, bookings, decisions or {}),
        drive_m=_drive_m(shift, run, network.artefacts.times),
    )


def layouts_text(vehicle: Vehicle) -> str:
    """The layouts of a vehicle as in ``fleet.csv``: ``seat:4|seat:3+wheelchair:1``."""
    return "|".join(
        "+".join(f"{name}:{count}" for name, count in layout.as_dict().items()) for layout in vehicle.layouts
    )


def _drive_m(shift: Shift, run: Run, times: TravelTimes) -> int:
    if not any(visit.action is not Action.BREAK for visit in run.visits):
        return 0
    places = [shift.start, *(visit.location for visit in run.visits), shift.end]
    return sum(times.distance_m(a, b) for a, b in pairwise(places))


def _visit_views(
    district: District, day: Day, run: Run, bookings: Bookings, decisions: Decisions
) -> tuple[VisitView, ...]:
    views: list[VisitView] = []
    aboard: dict[RequestId, int] = defaultdict(int)
    for group in _at_one_place(day, run):
        stop = district.stops[group[0].location]
        for visit in group:
            if visit.request_id is not None:
                persons = bookings[visit.request_id][1].enquiry.party.persons if visit.request_id in bookings else 0
                aboard[visit.request_id] = persons if visit.action is Action.PICKUP else 0
        views.append(
            VisitView(
                stop_id=stop.id,
                stop_name=stop.name,
                lon=stop.lon,
                lat=stop.lat,
                arrival_at=day.service_day.at(group[0].start_s),
                departure_at=day.service_day.at(_end_s(day, run, group[-1])),
                riders=tuple(
                    _rider(day, visit, bookings, decisions) for visit in group if visit.request_id in bookings
                ),
                is_break=group[0].action is Action.BREAK,
                on_board_after=sum(aboard.values()),
            )
        )
    return tuple(views)


def _at_one_place(day: Day, run: Run) -> list[list[Visit]]:
    """Visits in order, those at the same place without a wait between them together, breaks for themselves."""
    groups: list[list[Visit]] = []
    for visit in run.visits:
        last = groups[-1][-1] if groups else None
        if last is not None and _is_one_halt(day, run, last, visit):
            groups[-1].append(visit)
        else:
            groups.append([visit])
    return groups


def _is_one_halt(day: Day, run: Run, last: Visit, visit: Visit) -> bool:
    if Action.BREAK in (last.action, visit.action) or last.location != visit.location:
        return False
    return visit.start_s <= _end_s(day, run, last)


def _end_s(day: Day, run: Run, visit: Visit) -> int:
    if visit.request_id is None:
        return visit.start_s + day.shifts[run.shift_id].breaks[visit.break_index or 0].duration_s
    request = day.requests[visit.request_id]
    return visit.start_s + (request.boarding_s if visit.action is Action.PICKUP else request.alighting_s)


def _rider(day: Day, visit: Visit, bookings: Bookings, decisions: Decisions) -> RiderView:
    request_id = visit.request_id
    if request_id is None:
        msg = "nobody boards in a break"
        raise ValueError(msg)
    row, offer, leg = bookings[request_id]
    request = day.requests[request_id]
    boards = visit.action is Action.PICKUP
    decided = decisions.get(request_id)
    window = request.pickup_window if boards else request.dropoff_window
    door = leg.pickup_door if boards else leg.dropoff_door
    way_s = 0 if door is None else door.way_s
    return RiderView(
        request_id=request_id,
        booking_id=BookingId(str(row.id)),
        code=BookingCode(row.code),
        action=visit.action,
        name="" if row.contact is None else row.contact.name,
        phone="" if row.contact is None else row.contact.phone,
        party=offer.enquiry.party,
        promised_from_at=day.service_day.at(window.earliest_s + way_s),
        promised_to_at=day.service_day.at(window.latest_s + way_s),
        other_stop_name=leg.to_label if boards else leg.from_label,
        held_line="" if leg.held is None else held_text(leg.held.line_name, leg.held.line_at, day, decided),
        is_awaited=boards and decided is not None and decided.decision is Decision.WAITS,
        door="" if door is None else door.label,
    )


def held_text(line_name: str, line_at: datetime, day: Day, decided: ConnectionDecision | None = None) -> str:
    """A held line as the driver reads it: its name, the local time at the hub, and by how much it is late."""
    text = f"{line_name} {line_at.astimezone(day.service_day.zone):%H:%M}"
    if decided is None or decided.line_expected_at is None:
        return text
    late_min = -(-int((decided.line_expected_at - line_at).total_seconds()) // 60)
    return f"{text} +{late_min} min" if late_min > 0 else text
