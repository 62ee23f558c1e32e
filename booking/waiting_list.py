"""Wishes that could not be met and may still be: asked again, in order, whenever the day changes.

What opens is held: it stands in the plan as a booking that its rider has to accept by code within a while. First come,
first served; whom a place does not suit stays where they are. When nobody waits any more, the contact is deleted.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session, selectinload

from booking.answering import nearest_offer
from booking.bookings import new_code, with_rides
from booking.day import Day, service_day_of
from booking.day_writing import Change
from booking.errors import (
    DuplicateBookingError,
    OfferExpiredError,
    OrderInvalidError,
    TooLateToCancelError,
)
from booking.model import Booking, BookingCode, BookingState, Enquiry, Offer
from booking.notices import queue
from booking.people import People, enquiry_json, people_json
from booking.rebooking import Coming, Rebooking, audit, file_code, rebook, take_out, without_rides
from booking.series_tables import SeriesDateRow
from booking.tables import BookingRow
from booking.waiting_store import HOPELESS, Waiting, Wish, WishState, decide, find_wish, forget, waiting_of
from booking.waiting_tables import WaitingContactRow, WaitingRow

if TYPE_CHECKING:
    from booking.operation import Operation

ACTOR = "waiting list"
SHORTEST_HOLD = timedelta(minutes=5)
"""Nobody is told of a place that they would have to accept sooner than this."""


class _GoneError(Exception):
    """Somebody else has decided about the wish; the transaction is rolled back."""


class WaitingList:
    """The waiting list of a service."""

    def __init__(self, operation: "Operation") -> None:
        self._operation = operation
        self._asked: dict[date, int] = {}

    def join(self, enquiry: Enquiry, people: People, *, earlier_s: int = 0, later_s: int = 0) -> Wish:
        """Leave a wish that cannot be met now. Leaving the same wish twice is the same as once.

        Parameters
        ----------
        earlier_s, later_s
            How much earlier or later than wished would still do.

        Raises
        ------
        OrderInvalidError
            Waiting will not help: the rules forbid it, or there is a ride right now.
        """
        operation = self._operation
        answer = operation.answerer.answer(enquiry, operation.clock())
        if nearest_offer(answer, enquiry, 0, 0) is not None:
            msg = "There is a ride for this wish right now. Please book it."
            raise OrderInvalidError(msg)
        why = answer.refusal.explanation if answer.refusal is not None else next(iter(answer.notes), None)
        if why is not None and why.reason in HOPELESS:
            msg = f"Waiting will not help here ({why.reason.value}). Please call {operation.district.contact.phone}."
            raise OrderInvalidError(msg)
        with operation.database.sessions.begin() as session:
            code = self._same_wish(session, enquiry, people)
            if code is None:
                code = self.add(session, enquiry, people, earlier_s=earlier_s, later_s=later_s).code
        return self.get(BookingCode(code))

    def _same_wish(self, session: Session, enquiry: Enquiry, people: People) -> str | None:
        return session.scalar(
            select(WaitingRow.code)
            .join(WaitingContactRow)
            .where(WaitingRow.service_on == self._day(enquiry), WaitingRow.state.in_(["waiting", "held"]))
            .where(WaitingContactRow.enquiry == enquiry_json(enquiry), WaitingContactRow.people == people_json(people))
        )

    def add(
        self,
        session: Session,
        enquiry: Enquiry,
        people: People,
        *,
        earlier_s: int,
        later_s: int,
        books_at_once: bool = False,
    ) -> WaitingRow:
        """Put a wish on the list, inside a caller's transaction."""
        row = WaitingRow(
            id=uuid4(),
            code=new_code(),
            service_on=self._day(enquiry),
            state=WishState.WAITING.value,
            queued_at=self._operation.clock(),
            expires_at=enquiry.wished_at + timedelta(seconds=later_s),
            persons=enquiry.party.persons,
            books_at_once=books_at_once,
            contact=WaitingContactRow(
                people=people_json(people), enquiry=enquiry_json(enquiry), earlier_s=earlier_s, later_s=later_s
            ),
        )
        session.add(row)
        session.flush()
        # Somebody new: the day is asked again even if it has not changed.
        self._asked.pop(row.service_on, None)
        return row

    def _day(self, enquiry: Enquiry) -> date:
        return service_day_of(enquiry.wished_at, self._operation.district.zone).on

    def get(self, code: BookingCode) -> Wish:
        """The wish with a code.

        Raises
        ------
        BookingNotFoundError
            There is none.
        """
        with self._operation.database.sessions() as session:
            row = find_wish(session, code)
            before = select(WaitingRow.id).where(
                WaitingRow.service_on == row.service_on,
                WaitingRow.state == WishState.WAITING.value,
                WaitingRow.queued_at < row.queued_at,
            )
            ahead = len(session.scalars(before).all()) if row.state == WishState.WAITING else 0
        return Wish(BookingCode(row.code), row.service_on, WishState(row.state), row.expires_at, row.held_until, ahead)

    def accept(self, code: BookingCode) -> Booking:
        """Say yes to the place that is held. Twice is the same as once.

        Raises
        ------
        BookingNotFoundError
            No wish has this code.
        OfferExpiredError
            Nothing is held (any more).
        """
        operation, now = self._operation, self._operation.clock()
        with operation.database.sessions.begin() as session:
            row = find_wish(session, code)
            is_held = (WaitingRow.state == WishState.HELD.value) & (WaitingRow.held_until > now)
            if row.state == WishState.BOOKED:
                pass
            elif decide(session, row.id, is_held, {"state": WishState.BOOKED.value, "held_until": None}):
                booking = session.get_one(BookingRow, row.booking_id)
                booking.state, booking.booked_at = BookingState.CONFIRMED.value, now
                forget(session, row.id)
                queue(session, "confirmed", booking.id, now)
                session.add(audit(booking, "confirmed", "rider", now, {"from": ACTOR}))
            else:
                msg = "No place is held for you (any more). As long as your wish can be met, you stay on the list."
                raise OfferExpiredError(msg)
        return operation.get_booking(code)

    def withdraw(self, code: BookingCode) -> Wish:
        """Take a wish off the list; a place that is held for it becomes free. Twice is the same as once."""
        with self._operation.database.sessions() as session:
            row = find_wish(session, code)
        if row.state == WishState.HELD:
            self._release(row.id, row.service_on, WishState.WITHDRAWN, is_asked=True)
        with self._operation.database.sessions.begin() as session:
            waits = WaitingRow.state == WishState.WAITING.value
            if decide(session, row.id, waits, {"state": WishState.WITHDRAWN.value}):
                forget(session, row.id)
        return self.get(code)

    def serve(self) -> int:
        """One round of the worker: release what lapsed, close what is over, ask again where a day has changed.

        Gives for how many wishes a place was found.
        """
        self._release_lapsed()
        self._expire()
        with self._operation.database.sessions() as session:
            query = select(WaitingRow.service_on).where(WaitingRow.state == WishState.WAITING.value)
            days = sorted(set(session.scalars(query)))
        return sum(self._serve_day(on) for on in days)

    def _serve_day(self, on: date) -> int:
        version = self._operation.version(on)
        if self._asked.get(on) == version:
            return 0
        found = sum(self._try(wish) for wish in self._queue(on))
        if not found:
            self._asked[on] = version
        return found

    def _queue(self, on: date) -> list[Waiting]:
        query = (
            select(WaitingRow)
            .where(WaitingRow.service_on == on, WaitingRow.state == WishState.WAITING.value)
            .order_by(WaitingRow.queued_at, WaitingRow.id)
            .options(selectinload(WaitingRow.contact))
        )
        with self._operation.database.sessions() as session:
            return list(waiting_of(session.scalars(query)))

    def _try(self, wish: Waiting) -> bool:
        """Look for a place for one wish, and hold it."""
        operation, now = self._operation, self._operation.clock()
        answer = operation.answerer.answer(wish.enquiry, now)
        offer = nearest_offer(answer, wish.enquiry, wish.earlier_s, wish.later_s)
        if offer is None:
            return False
        until = self._held_until(offer, now)
        if not wish.books_at_once and until < now + SHORTEST_HOLD:
            return False
        state = BookingState.CONFIRMED if wish.books_at_once else BookingState.HELD

        def look_again(session: Session) -> None:
            waits = (WaitingRow.id == wish.id) & (WaitingRow.state == WishState.WAITING.value)
            if session.scalar(select(WaitingRow.id).where(waits).with_for_update()) is None:
                raise _GoneError

        def note_found(session: Session, ids: Sequence[UUID]) -> None:
            self._note_found(session, wish, offer, ids[0], until)

        people, channel = wish.people, wish.enquiry.channel
        coming = Coming(offer, people.contact, channel, people.booker, state, wish.code)
        duplicates = operation.life_rules(offer.service_on).duplicates
        order = Rebooking(ACTOR, coming=(coming,), duplicates=duplicates, first=look_again, also=note_found)
        try:
            return rebook(operation.writer, order) is not None
        except DuplicateBookingError:
            self.withdraw(wish.code)  # they have found another ride meanwhile
        except _GoneError:
            pass
        return False

    def _held_until(self, offer: Offer, now: datetime) -> datetime:
        waiting = self._operation.life_rules(offer.service_on).waiting
        last_at = offer.rides()[0].promise.pickup_from_at - timedelta(seconds=waiting.answer_before_s)
        return min(now + timedelta(seconds=waiting.hold_s), last_at)

    def _note_found(self, session: Session, wish: Waiting, offer: Offer, booking_id: UUID, until: datetime) -> None:
        """Inside the transaction that puts the ride into the plan: the wish is held, or booked, and told."""
        now = self._operation.clock()
        waits = WaitingRow.state == WishState.WAITING.value
        values: dict[str, object] = {"booking_id": booking_id, "offers_made": WaitingRow.offers_made + 1}
        if wish.books_at_once:
            values |= {"state": WishState.BOOKED.value}
        else:
            values |= {"state": WishState.HELD.value, "held_until": until}
        if not decide(session, wish.id, waits, values):
            raise _GoneError
        if wish.books_at_once:
            booked = {"state": "booked", "reason": "", "booking_id": booking_id, "decided_at": now}
            session.execute(update(SeriesDateRow).where(SeriesDateRow.waiting_id == wish.id).values(booked))
            forget(session, wish.id)
            return
        promise = offer.rides()[0].promise
        params = {
            "until": until.isoformat(),
            "pickup_from_at": promise.pickup_from_at.isoformat(),
            "pickup_to_at": promise.pickup_to_at.isoformat(),
            "price_ct": offer.price_ct,
        }
        queue(session, "waiting_list", booking_id, now, params, dedupe_key=f"held/{booking_id}")

    def _release_lapsed(self) -> None:
        now = self._operation.clock()
        lapsed = select(WaitingRow).where(WaitingRow.state == WishState.HELD.value, WaitingRow.held_until <= now)
        with self._operation.database.sessions() as session:
            rows = session.scalars(lapsed).all()
        for row in rows:
            most = self._operation.life_rules(row.service_on).waiting.most_offers
            is_last = row.offers_made >= most or row.expires_at <= now
            self._release(row.id, row.service_on, WishState.EXPIRED if is_last else WishState.WAITING)

    def _release(self, wish_id: UUID, on: date, state: WishState, *, is_asked: bool = False) -> None:
        """Give a held place back. The wish goes to the end of the list, or off it.

        Parameters
        ----------
        is_asked
            Whether the rider asked for it; else it happens only once the time of holding is over.
        """
        operation = self._operation

        def look(session: Session, days: Mapping[date, Day], now: datetime) -> Change[None]:
            wish = session.get_one(WaitingRow, wish_id)
            row = session.scalars(with_rides().where(BookingRow.id == wish.booking_id)).one()
            is_held = WaitingRow.state == WishState.HELD.value
            if not is_asked:
                is_held &= WaitingRow.held_until <= now
            stands = row.state == BookingState.HELD
            after = {on: without_rides(days[on], row, operation.network, now)} if stands else {}

            def write(session: Session) -> None:
                becomes = state if stands else WishState.WITHDRAWN  # who cancelled it does not want it any more
                values = {"state": becomes.value, "held_until": None, "queued_at": now}
                if not decide(session, wish_id, is_held, values):
                    raise _GoneError
                if stands:
                    take_out(session, row, BookingState.CANCELLED, now)
                    session.add(audit(row, "released", "rider" if is_asked else ACTOR, now, {}))
                    queue(session, "waiting_list", row.id, now, {"lapsed": True}, f"lapsed/{row.id}")
                if becomes is WishState.WAITING:
                    file_code(session, row)
                else:
                    forget(session, wish_id)

            return Change(write, after)

        try:
            operation.writer.write([on], look)
        except _GoneError:
            return  # accepted in this very moment
        except TooLateToCancelError:
            return  # the vehicle is on its way: whoever boards, rides

    def _expire(self) -> None:
        """Close wishes whose time is over, and forget who had them."""
        now = self._operation.clock()
        over = (WaitingRow.state.in_([WishState.WAITING.value, WishState.HELD.value])) & (WaitingRow.expires_at <= now)
        with self._operation.database.sessions.begin() as session:
            for wish_id in session.scalars(select(WaitingRow.id).where(over)).all():
                if decide(session, wish_id, over, {"state": WishState.EXPIRED.value, "held_until": None}):
                    forget(session, wish_id)
