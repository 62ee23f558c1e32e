"""Change and cancel a booking, and what the rules say until when."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from booking.answering import answerer_with
from booking.bookings import find_booking, read_code, with_rides
from booking.day import Day
from booking.duplicates import find_duplicates, refuse_duplicates
from booking.errors import (
    BookingNotFoundError,
    DoesNotFitError,
    NotChangeableError,
    OrderInvalidError,
    TooLateToCancelError,
    TooLateToChangeError,
)
from booking.model import Answer, Booking, BookingCode, BookingState, Contact, Enquiry, Offer
from booking.rebooking import NOT_FOUND, Coming, Rebooking, rebook, without_rides
from booking.tables import BookingRow

if TYPE_CHECKING:
    from booking.operation import Operation

TOO_LATE = "So shortly before the ride it can no longer be changed here. Please call us."


class Changes:
    """What becomes of a booking: other times, stops or riders, or nothing at all."""

    def __init__(self, operation: "Operation") -> None:
        self._operation = operation

    def check_time(self, booking: Booking) -> None:
        """Refuse what it is too late to change.

        Raises
        ------
        TooLateToChangeError
            So shortly before the ride the rules leave it to the desk.
        """
        self._refuse_late(booking.offer, self._operation.clock())

    def options(self, code: BookingCode, enquiry: Enquiry) -> Answer:
        """Answer an enquiry as if a booking had left the plan: what it could be changed to. Nothing is written.

        Raises
        ------
        BookingNotFoundError, NotChangeableError, TooLateToChangeError
            There is nothing that could be changed (any more).
        """
        code, operation = read_code(code), self._operation
        now = operation.clock()
        booking = self._changeable(code)
        self._refuse_late(booking.offer, now)
        on = booking.offer.service_on
        return answerer_with(operation.answerer, {on: self._day_without(code, on, now)}).answer(enquiry, now)

    def change(self, code: BookingCode, token: str, actor: str = "rider", *, allow_duplicate: bool = False) -> Booking:
        """Put an offer in the place of a booking: the code stays. Nothing changes if the offer does not fit.

        Raises
        ------
        OfferInvalidError, OfferExpiredError
            The offer is not ours, or its time is over.
        BookingNotFoundError, NotChangeableError, TooLateToChangeError
            There is nothing that could be changed (any more).
        DoesNotFitError
            The offer has been taken meanwhile; the booking stands as before.
        DuplicateBookingError
            The same person has another booking that collides with the offer.
        """
        operation = self._operation
        code, offer = read_code(code), operation.read_token(token)
        if not offer.is_bookable():
            msg = "A line needs no booking: cancel this one and just board."
            raise OrderInvalidError(msg)
        order = self.order(self._changeable(code), offer, actor, allow_duplicate=allow_duplicate)
        try:
            codes = rebook(operation.writer, order)
        except TooLateToCancelError as fault:
            raise TooLateToChangeError(TOO_LATE) from fault
        if codes is None:
            msg = "The new ride has just been taken by somebody else. Your booking stands as it was."
            raise DoesNotFitError(msg, self.options(code, offer.enquiry))
        return operation.get_booking(codes[0])

    def order(self, booking: Booking, offer: Offer, actor: str, *, allow_duplicate: bool) -> Rebooking:
        """The rebooking that puts an offer in the place of a booking, for the same people."""
        channel = offer.enquiry.channel
        return Rebooking(
            actor=actor,
            leaving=(booking.code,),
            coming=(Coming(offer, booking.contact, channel, booking.booker),),
            duplicates=None if allow_duplicate else self._operation.life_rules(offer.service_on).duplicates,
            may_leave=self._refuse_late,
        )

    def cancel(self, code: BookingCode, actor: str = "rider", *, with_linked: bool = False) -> Booking:
        """Cancel a booking, alone or with all that were made in one step with it. Twice is the same as once.

        Raises
        ------
        BookingNotFoundError
            No booking has this code.
        TooLateToCancelError
            A vehicle is already on its way to the rider.
        DayBusyError
            Others changed the day at the same moment, again and again.
        """
        booking = self._operation.get_booking(code)
        codes = (booking.code, *booking.linked) if with_linked else (booking.code,)
        rules = self._operation.life_rules(booking.offer.service_on)
        rebook(self._operation.writer, Rebooking(actor, codes, free_cancel_s=rules.free_cancel_s))
        return self._operation.get_booking(booking.code)

    def check_duplicates(self, contact: Contact, offer: Offer) -> None:
        """Refuse what somebody has booked already.

        Raises
        ------
        DuplicateBookingError
            The same person has bookings that collide with the offer.
        """
        with self._operation.database.sessions() as session:
            rules = self._operation.life_rules(offer.service_on).duplicates
            refuse_duplicates(find_duplicates(session, contact, (offer,), rules))

    def _changeable(self, code: BookingCode) -> Booking:
        with self._operation.database.sessions() as session:
            booking = find_booking(session, self._operation.network, code)
        if booking is None:
            raise BookingNotFoundError(NOT_FOUND)
        if booking.state is not BookingState.CONFIRMED:
            msg = "This booking does not stand any more. Please book again."
            raise NotChangeableError(msg)
        return booking

    def _refuse_late(self, offer: Offer, now: datetime) -> None:
        change_s = self._operation.life_rules(offer.service_on).change_s
        last_at = offer.rides()[0].promise.pickup_from_at - timedelta(seconds=change_s)
        if now > last_at:
            raise TooLateToChangeError(TOO_LATE)

    def _day_without(self, code: BookingCode, on: date, now: datetime) -> Day:
        operation = self._operation
        day = operation.answerer.days(operation.service_day(on))
        with operation.database.sessions() as session:
            row = session.scalars(with_rides().where(BookingRow.code == code)).one()
            try:
                return without_rides(day, row, operation.network, now)
            except TooLateToCancelError as fault:
                raise TooLateToChangeError(TOO_LATE) from fault
