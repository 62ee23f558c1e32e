"""Out and back in one step, and groups in several vehicles: all of it is booked, or nothing."""

from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from booking.answering import answerer_with, latest_arrival_at, way_back
from booking.bookings import place
from booking.errors import DoesNotFitError, OrderInvalidError
from booking.model import Answer, Booker, Booking, Channel, Contact, Enquiry, Offer, Party, Reason
from booking.rebooking import Coming

if TYPE_CHECKING:
    from booking.day import Day
    from booking.operation import Operation

OUTS_TRIED = 3
"""The way back is looked for after so many of the ways out; who wants another asks for that one alone."""
COUNTS = tuple(f.name for f in fields(Party) if f.type in (int, "int") and not f.name.endswith("_s"))
"""What of a party is counted and can be dealt out over several vehicles."""
TAKEN = "A part of it has just been taken by somebody else, so nothing was booked. Please search again."


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """A way out with the ways back that would still be possible if it were booked."""

    out: Offer
    back: Answer


class Returns:
    """Journeys there and back."""

    def __init__(self, operation: "Operation") -> None:
        self._operation = operation

    def options(self, out: Offer, *, stay: timedelta | None = None, back_at: datetime | None = None) -> Answer:
        """Ways back as they would be if the way out were booked. Nothing is written, nothing reserved.

        Parameters
        ----------
        stay
            How long the rider stays, counted from the latest promised arrival.
        back_at
            When the rider wants to leave for home, instead of ``stay``.

        Raises
        ------
        OrderInvalidError
            The way back would begin before the way out ends.
        DoesNotFitError
            The way out has been taken meanwhile.
        """
        operation = self._operation
        enquiry = way_back(out, stay or timedelta())
        if back_at is not None:
            if back_at < latest_arrival_at(out):
                msg = "The way back would begin before you have arrived. Please give a later time."
                raise OrderInvalidError(msg)
            enquiry = replace(enquiry, wished_at=back_at)
        now, altered = operation.clock(), {}
        if out.is_bookable():
            day = place(out, operation.answerer.days(operation.service_day(out.service_on)), operation.network, now)
            if day is None:
                raise DoesNotFitError(TAKEN)
            altered[out.service_on] = day
        found = answerer_with(operation.answerer, altered).answer(enquiry, now)
        return _after(found, latest_arrival_at(out))

    def answer(
        self, enquiry: Enquiry, *, stay: timedelta | None = None, back_at: datetime | None = None
    ) -> tuple[Answer, tuple[RoundTrip, ...]]:
        """The answer for the way out, and for the best of its offers the ways back, before anything is booked."""
        answer = self._operation.answer(enquiry)
        offers = answer.offers or (answer.refusal.alternatives if answer.refusal else ())
        trips = []
        for out in offers[:OUTS_TRIED]:
            is_too_early = back_at is not None and back_at < latest_arrival_at(out)
            if not is_too_early:
                trips.append(RoundTrip(out, self.options(out, stay=stay, back_at=back_at)))
        return answer, tuple(trips)

    def confirm(
        self,
        out_token: str,
        back_token: str,
        contact: Contact,
        channel: Channel,
        *,
        booker: Booker | None = None,
        allow_duplicate: bool = False,
        by_staff: bool = False,
    ) -> tuple[Booking, Booking]:
        """Book both ways in one transaction, or neither: two bookings with a code each that know of each other.

        Raises
        ------
        OfferInvalidError, OfferExpiredError
            An offer is not ours, or its time is over.
        OrderInvalidError
            The way back begins before the way out ends, or a line serves one of them: that needs no booking.
        DoesNotFitError
            One of them has been taken; nothing was booked.
        DuplicateBookingError
            The same person has a booking that collides with one of them.
        """
        out, back = self._operation.read_token(out_token), self._operation.read_token(back_token)
        if not (out.is_bookable() and back.is_bookable()):
            msg = "One of the two ways is by line and needs no booking. Please book the other one alone."
            raise OrderInvalidError(msg)
        if back.departure_at < latest_arrival_at(out):
            msg = "The way back begins before the way out ends. Please choose a later one."
            raise OrderInvalidError(msg)
        people = Coming(out, contact, channel, booker)
        booked = self._operation.confirm_together(
            (people, replace(people, offer=back)), ("out", "back"), allow_duplicate=allow_duplicate, by_staff=by_staff
        )
        return booked[0], booked[1]


PARTS_MAY_FIT = (
    Reason.NO_SUITABLE_VEHICLE,
    Reason.NONE_SUITABLE_ON_DUTY,
    Reason.NONE_SUITABLE_FREE,
    Reason.NO_VEHICLE_FREE,
)


class Groups:
    """Parties that are too large for one vehicle, where the rules allow so many persons at all."""

    def __init__(self, operation: "Operation") -> None:
        self._operation = operation

    def options(self, enquiry: Enquiry) -> tuple[Answer, ...]:
        """One answer if one vehicle takes all; else one for each part of the party, each as if those before rode.

        The parts are as even as can be. An enquiry the rules refuse, or one that cannot be served in parts either,
        gets that one refusal: its reason says why, and a phone number where a person may know more.
        """
        whole = self._operation.answerer.answer(enquiry, self._operation.clock())
        reason = None if whole.refusal is None else whole.refusal.explanation.reason
        if reason not in PARTS_MAY_FIT:
            return (whole,)
        for count in range(2, enquiry.party.persons + 1):
            parts = split(enquiry.party, count)
            found = None if parts is None else self._in_parts(enquiry, parts)
            if found is not None:
                return found
        return (whole,)

    def _in_parts(self, enquiry: Enquiry, parts: tuple[Party, ...]) -> tuple[Answer, ...] | None:
        operation, now = self._operation, self._operation.clock()
        altered: dict[date, Day] = {}
        answers = []
        for party in parts:
            answerer = answerer_with(operation.answerer, altered)
            answer = answerer.answer(replace(enquiry, party=party), now)
            offer = next((offer for offer in answer.offers if offer.is_bookable()), None)
            if offer is None:
                return None
            day = place(offer, answerer.days(operation.service_day(offer.service_on)), operation.network, now)
            if day is None:
                return None
            altered[offer.service_on] = day
            answers.append(answer)
        return tuple(answers)

    def confirm(
        self,
        tokens: tuple[str, ...],
        contact: Contact,
        channel: Channel,
        *,
        booker: Booker | None = None,
        by_staff: bool = False,
    ) -> tuple[Booking, ...]:
        """Book all parts of a group, or several journeys of one order, in one transaction, or none.

        Parts of one group ride at the same time with one contact, so they are no duplicates of each other.

        Raises
        ------
        DoesNotFitError
            One of them has been taken; nothing was booked.
        """
        offers = tuple(self._operation.read_token(token) for token in tokens)
        if not offers or not all(offer.is_bookable() for offer in offers):
            msg = "A line needs no booking: please confirm the rides only."
            raise OrderInvalidError(msg)
        coming = tuple(Coming(offer, contact, channel, booker) for offer in offers)
        roles = ("part",) * len(coming)
        return self._operation.confirm_together(coming, roles, allow_duplicate=True, by_staff=by_staff)


def split(party: Party, count: int) -> tuple[Party, ...] | None:
    """A party in so many parts, as even as can be, what they have with them dealt out; None where that is impossible.

    Whoever has a wheelchair is a person of the part that gets it, so a part has no more wheelchairs than persons.
    """

    def dealt(number: int) -> list[int]:
        return [number // count + (index < number % count) for index in range(count)]

    counts = {name: dealt(getattr(party, name)) for name in COUNTS}
    is_possible = min(counts["persons"]) >= 1 and all(
        w <= p for w, p in zip(counts["wheelchairs"], counts["persons"], strict=True)
    )
    if not is_possible:
        return None
    return tuple(replace(party, **{name: parts[i] for name, parts in counts.items()}) for i in range(count))


def _after(answer: Answer, at: datetime) -> Answer:
    """The answer without journeys that begin before a time; a refusal keeps its reason."""
    refusal = answer.refusal
    if refusal is not None:
        kept = tuple(offer for offer in refusal.alternatives if offer.departure_at >= at)
        return replace(answer, refusal=replace(refusal, alternatives=kept))
    return answer
