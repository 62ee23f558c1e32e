"""The running day as drivers and dispatchers change it: one small door behind :class:`booking.operation.Operation`."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from booking import connections, cures, degraded, disruptions, following
from booking.at_risk import Risk, list_risks
from booking.bookings import not_before_s
from booking.connections import ConnectionDecision
from booking.cures import Cure, CureKind
from booking.degraded import DegradedKind, DegradedMode
from booking.disruptions import Ending
from booking.driver_events import (
    DriverEvent,
    EventKind,
    check_event,
    delayed,
    forget_positions,
    is_known_event,
    save_event,
)
from booking.enquiry_search import Network
from booking.held_connections import HeldRide
from booking.lateness import has_ended
from booking.model import Answer, AreaId, Booking, Channel, Enquiry, Offer, Timing
from booking.prediction import Prediction
from booking.replacing import Replaced
from booking.rules import earliest_pickup_at
from booking.store import load_agreed_day, load_day, load_states
from gtfs.realtime import RealtimeFeed
from gtfs.service_day import ServiceDay
from routing.model import RequestId, ShiftId

REPLACE_S = 2.0
"""How long other vehicles are looked for when one ends its shift early."""


class Dispatch:
    """What happens on the day. Safe to use from several threads.

    Parameters
    ----------
    clock
        Gives the present time.
    answer
        Answers an enquiry, for what is possible instead of a connection that cannot be kept.
    replace_s
        How long other vehicles are looked for, for all riders of a shift that ends early.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        network: Network,
        clock: Callable[[], datetime],
        answer: Callable[[Enquiry], Answer],
        *,
        replace_s: float = REPLACE_S,
    ) -> None:
        self._sessions, self._network, self._clock, self._answer = sessions, network, clock, answer
        self._replace_s = replace_s

    def _day(self, on: date) -> ServiceDay:
        return ServiceDay(on, self._network.district.zone)

    def report(self, event: DriverEvent, *, delay_s: int | None = None) -> bool:
        """Keep what a driver reports; whether it was news. Sent twice is the same as once.

        A breakdown ends the shift where the vehicle stands; its riders are placed anew. Sent again, it ends a shift
        that could not be ended at once.

        Raises
        ------
        NotFoundError
            The day has no such shift or ride.
        DayBusyError
            Others changed the day at the same moment, three times over (of a breakdown; it is kept all the same).
        """
        with self._sessions.begin() as session:
            if is_known_event(session, event.id):
                is_open = event.kind is EventKind.BREAKDOWN and not has_ended(session, event.on, event.shift_id)
                if not is_open:
                    return False
            day = load_agreed_day(session, self._network.district, self._day(event.on))
            check_event(session, event, day)
            if delay_s is not None:
                prediction = following.prediction_of(session, self._network, day, self._clock())
                event = delayed(event, day, prediction.runs[event.shift_id].actual_s.keys(), delay_s)
            request = day.requests.get(event.ride_id) if event.ride_id is not None else None
            if event.kind is EventKind.NO_SHOW and request is not None:
                # The ride leaves the run, so the report itself has to say where the vehicle was.
                stop = self._network.district.stops[request.pickup]
                event = replace(event, lon=stop.lon, lat=stop.lat)
            is_new = save_event(session, event, self._clock())
        if event.kind is EventKind.BREAKDOWN:
            ending = Ending(event.shift_id, is_stranded=True)
            self.end_shift(event.on, ending, actor=event.source.value, reason="breakdown")
        return is_new

    def follow(self, on: date) -> following.Followed | None:
        """Write what happened and what is expected into the runs of a day."""
        return following.follow_day(self._sessions, self._network, self._day(on), self._clock)

    def predict(self, on: date) -> Prediction:
        """How a day goes on."""
        with self._sessions() as session:
            day = load_agreed_day(session, self._network.district, self._day(on))
            return following.prediction_of(session, self._network, day, self._clock())

    def risks(self, on: date) -> tuple[Risk, ...]:
        """Promises of a day that will not be kept as things stand, worst first."""
        with self._sessions() as session:
            day = load_agreed_day(session, self._network.district, self._day(on))
            prediction = following.prediction_of(session, self._network, day, self._clock())
            held = {ride.request_id: ride.held for ride in connections.load_held_rides(session, on)}
        return list_risks(day, prediction, self._network.artefacts.times, held)

    def cures(self, on: date) -> tuple[Cure, ...]:
        """What can be done about late rides of a day."""
        with self._sessions() as session:
            agreed, day = load_states(session, self._network.district, self._day(on))
        from_s = not_before_s(day, self._network, self._clock())
        return cures.list_cures(day, agreed, self._network, from_s)

    def apply_cure(self, on: date, kind: CureKind, rides: Sequence[RequestId], *, actor: str) -> Cure:
        """Do what a cure says.

        Raises
        ------
        NotFoundError, DayBusyError
            It is not possible any more; many change the day at once.
        """
        return cures.apply_cure(self._sessions, self._network, self._day(on), kind, rides, self._clock, actor=actor)

    def end_shift(self, on: date, ending: Ending, *, actor: str, reason: str) -> Replaced:
        """End a shift before its end and place its riders anew.

        Raises
        ------
        NotFoundError, DayBusyError
            No such shift that day; many change the day at once.
        """
        return disruptions.end_shift(
            self._sessions,
            self._network,
            self._day(on),
            ending,
            self._clock,
            actor=actor,
            reason=reason,
            seconds=self._replace_s,
        )

    def preview_end(self, on: date, ending: Ending) -> tuple[Replaced, int]:
        """What would become of the riders of a shift if it ended, and the version of the day that was looked at.

        Raises
        ------
        NotFoundError, DayBusyError
            No such shift that day; many change the day at once.
        """
        return disruptions.preview_end(
            self._sessions, self._network, self._day(on), ending, self._clock, seconds=self._replace_s
        )

    def place_unplaced(self, on: date) -> Replaced | None:
        """Try again to place rides that no vehicle drives."""
        return disruptions.place_unplaced(
            self._sessions, self._network, self._day(on), self._clock, seconds=self._replace_s
        )

    def keep_connections(self, on: date, feed: RealtimeFeed | None) -> tuple[ConnectionDecision, ...]:
        """Decide about every held connection of a day; gives what is new.

        What drivers reported is written into the runs before: a decision rests on vehicles where they are.
        """
        self.follow(on)
        return connections.keep_connections(
            self._sessions, self._network, self._day(on), feed, self._clock, self._find_instead
        )

    def decisions(self, on: date) -> tuple[ConnectionDecision, ...]:
        """What was decided about held connections on a day, the newest first."""
        with self._sessions() as session:
            return connections.list_decisions(session, on)

    def decisions_of(self, booking: Booking) -> tuple[ConnectionDecision, ...]:
        """What was decided about the held connections of a booking, the newest first."""
        return tuple(d for d in self.decisions(booking.offer.service_on) if d.booking_id == booking.id)

    def _find_instead(self, ride: HeldRide, now: datetime) -> Offer | None:
        """What is possible instead of a connection that cannot be kept."""
        enquiry = ride.offer.enquiry
        rules = self._network.district.rulebook.rules_on(ride.offer.service_on)
        earliest_at = max(earliest_pickup_at(rules, Channel.PHONE, now), ride.held.line_at)
        wish = Enquiry(
            enquiry.origin, enquiry.destination, Timing.DEPART_AFTER, earliest_at, enquiry.party, Channel.PHONE
        )
        answer = self._answer(wish)
        alternatives = answer.refusal.alternatives if answer.refusal is not None else ()
        return next(iter((*answer.offers, *alternatives)), None)

    def switch_on(
        self, kind: DegradedKind, from_at: datetime, to_at: datetime | None, area_id: AreaId | None, *, actor: str
    ) -> DegradedMode:
        """Stop new bookings and tell everybody who has one that is affected.

        Raises
        ------
        NotFoundError
            There is no such area.
        """
        with self._sessions.begin() as session:
            district, now = self._network.district, self._clock()
            return degraded.switch_on(session, district, kind, from_at, to_at, area_id, actor=actor, now=now)

    def switch_off(self, mode_id: UUID, *, actor: str) -> None:
        """Allow new bookings again. Switching off twice is the same as once.

        Raises
        ------
        NotFoundError
            There never was such a mode.
        """
        with self._sessions.begin() as session:
            degraded.switch_off(session, self._network.district, mode_id, actor=actor, now=self._clock())

    def degraded_modes(self) -> tuple[DegradedMode, ...]:
        """The degraded modes that are switched on."""
        with self._sessions() as session:
            return degraded.load_modes(session, self._clock())

    def is_suspended(self, enquiry: Enquiry) -> bool:
        """Whether a degraded mode forbids new rides for an enquiry."""
        return degraded.find_mode(enquiry, self.degraded_modes(), self._network.district) is not None

    def limit(self, answer: Answer, enquiry: Enquiry) -> Answer:
        """An answer as a degraded mode allows it."""
        mode = degraded.find_mode(enquiry, self.degraded_modes(), self._network.district)
        if mode is None:
            return answer
        rules = self._network.district.rulebook.rules_on(self._clock().date())
        return degraded.limited(answer, enquiry, mode, self._network.district, rules.version)

    def forget(self, today: date) -> int:
        """Delete where vehicles were, as soon as their shift is over and after hours at the latest."""
        now = self._clock()
        over: list[tuple[date, ShiftId]] = []
        with self._sessions.begin() as session:
            for on in (today - timedelta(days=1), today):
                day = load_day(session, self._network.district, self._day(on))
                now_s = day.service_day.seconds(now)
                over += [(on, shift.id) for shift in day.shifts.values() if shift.end_s <= now_s]
            return forget_positions(session, now, over)
