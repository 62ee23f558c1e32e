"""The running service of one district: the one door through which pages, API, worker and command line go."""

import secrets
from datetime import date

from booking import day_views, staff
from booking.artefacts import Artefacts
from booking.bookings import confirm_offer, find_booking, read_code
from booking.changes import Changes
from booking.clock import Clock
from booking.database import Database
from booking.day import Day, service_day_of
from booking.day_writing import DayWriter
from booking.degraded import is_booked
from booking.dispatch import Dispatch
from booking.district import District
from booking.enquiry_search import Network
from booking.errors import BookingNotFoundError, DoesNotFitError, NotFoundError, OfferTakenError
from booking.gazetteer import Hit
from booking.improve import Improvement, improve_day
from booking.journeys import Answerer
from booking.model import (
    Answer,
    Booker,
    Booking,
    BookingCode,
    Channel,
    Contact,
    Enquiry,
    Offer,
    OfferId,
    Reason,
)
from booking.no_shows import NoShows
from booking.rebooking import Coming, Rebooking, rebook
from booking.returns import TAKEN, Groups, Returns
from booking.rules_store import save_rules
from booking.series import SeriesDesk
from booking.settings import Settings
from booking.store import find_version, load_day, save_places, save_refusal
from booking.tokens import read_offer, sign_offer
from booking.views import DayView, RunView, StaffView
from booking.waiting_list import WaitingList
from gtfs.service_day import ServiceDay
from routing.matrix import way_between
from routing.model import ShiftId

SLIPS = {Reason.IN_THE_PAST, Reason.SAME_PLACE}
"""Refusals that tell nothing about the service: somebody mistyped."""


class Operation:
    """A district with its artefacts, its database and a clock. Safe to use from several threads."""

    def __init__(
        self, district: District, artefacts: Artefacts, database: Database, settings: Settings, clock: Clock
    ) -> None:
        self.district = district
        self.artefacts = artefacts
        self.database = database
        self.settings = settings
        self.clock = clock
        self.network = Network(district, artefacts)
        self._secret = settings.secret.get_secret_value()
        self._answerer = Answerer(self.network, self._load_day, _next_offer_id)
        self.dispatch = Dispatch(database.sessions, self.network, clock, self._answer)
        self.writer = DayWriter(database.sessions, self.network, clock)
        self.changes = Changes(self)
        self.returns = Returns(self)
        self.groups = Groups(self)
        self.no_shows = NoShows(self)
        self.waiting_list = WaitingList(self)
        self.series = SeriesDesk(self)

    @property
    def answerer(self) -> Answerer:
        """What answers enquiries, for days as they stand."""
        return self._answerer

    def _load_day(self, service_day: ServiceDay) -> Day:
        with self.database.sessions() as session:
            return load_day(session, self.district, service_day)

    def service_day(self, on: date) -> ServiceDay:
        """A date of this district."""
        return ServiceDay(on, self.district.zone)

    def today(self) -> date:
        """The service day that is running: until four in the morning it is yesterday's."""
        return service_day_of(self.clock(), self.district.zone).on

    def save_places(self) -> None:
        """Bring stops, areas and rules of the district's folder into the database.

        Raises
        ------
        RulesChangedError
            A version of the rules that bookings rest on says something else now.
        """
        with self.database.sessions.begin() as session:
            save_places(session, self.district)
            save_rules(session, self.district, self.clock())

    def search_places(self, text: str, *, limit: int = 8) -> tuple[Hit, ...]:
        """Stops, villages, points of interest and addresses that a text may mean, best first."""
        return self.artefacts.gazetteer.search(text, limit=limit)

    def answer(self, enquiry: Enquiry) -> Answer:
        """Offers, or a refusal with its reason and alternatives; refusals are kept without personal data."""
        found = self._answer(enquiry)
        if found.refusal is not None and found.refusal.explanation.reason not in SLIPS:
            service_day = service_day_of(enquiry.wished_at, self.district.zone)
            with self.database.sessions.begin() as session:
                save_refusal(session, found.refusal, self.district, service_day, self.clock())
        return found

    def _answer(self, enquiry: Enquiry) -> Answer:
        return self.dispatch.limit(self._answerer.answer(enquiry, self.clock()), enquiry)

    def token(self, offer: Offer) -> str:
        """The offer as signed text, to be given back when confirming."""
        return sign_offer(offer, self._secret)

    def read_token(self, token: str) -> Offer:
        """The offer behind a token.

        Raises
        ------
        OfferInvalidError, OfferExpiredError
            It is not ours, or its time is over.
        """
        return read_offer(token, self._secret, self.clock())

    def confirm(
        self,
        token: str,
        contact: Contact,
        channel: Channel,
        *,
        booker: Booker | None = None,
        allow_duplicate: bool = True,
    ) -> Booking:
        """Make an offer a booking. The same offer confirmed twice gives the same booking.

        Parameters
        ----------
        booker
            Who orders it for somebody else, and who of the two is told.
        allow_duplicate
            Whether the person may have booked the same, or another journey at the same time, already.

        Raises
        ------
        OfferInvalidError, OfferExpiredError
            The offer is not ours, or its time is over.
        OfferTakenError
            Somebody else was first; the error holds what is possible now.
        DuplicateBookingError
            The same person has a booking that collides with this one.
        """
        offer = self.read_token(token)
        if not offer.is_bookable():
            msg = "A line needs no booking: just board."
            raise NotFoundError(msg)
        if self.dispatch.is_suspended(offer.enquiry) and not self._is_booked(offer.id):
            msg = "No new rides can be booked at the moment."
            raise OfferTakenError(msg, self.answer(offer.enquiry))
        if not allow_duplicate:
            self.changes.check_duplicates(contact, offer)
        if booker is None:
            code = confirm_offer(
                self.database.sessions,
                self.network,
                offer,
                contact,
                channel,
                self.clock,
                second_look=self.answerer.policy.second_look,
                found=self.answerer.found,
            )
        else:
            order = Rebooking(channel.value, coming=(Coming(offer, contact, channel, booker),))
            code = next(iter(rebook(self.writer, order) or ()), None)
        if code is None:
            msg = "This ride has just been taken by somebody else. Here is what is possible now."
            raise OfferTakenError(msg, self.answer(offer.enquiry))
        return self.get_booking(code)

    def confirm_together(
        self, coming: tuple[Coming, ...], roles: tuple[str, ...], *, allow_duplicate: bool
    ) -> tuple[Booking, ...]:
        """Book several offers in one transaction, or none of them.

        Raises
        ------
        DoesNotFitError
            One of them has been taken; nothing was booked.
        DuplicateBookingError
            The same person has a booking that collides with one of them.
        """
        duplicates = None if allow_duplicate else self.changes.rules.duplicates
        order = Rebooking(coming[0].channel.value, coming=coming, roles=roles, duplicates=duplicates)
        codes = rebook(self.writer, order)
        if codes is None:
            raise DoesNotFitError(TAKEN)
        return tuple(self.get_booking(code) for code in codes)

    def _is_booked(self, offer_id: OfferId) -> bool:
        with self.database.sessions() as session:
            return is_booked(session, offer_id)

    def find_booking(self, code: BookingCode) -> Booking | None:
        """The booking with a code as people type it, or None."""
        with self.database.sessions() as session:
            return find_booking(session, self.network, read_code(code))

    def get_booking(self, code: BookingCode) -> Booking:
        """The booking with a code.

        Raises
        ------
        BookingNotFoundError
            There is none.
        """
        booking = self.find_booking(code)
        if booking is None:
            msg = "There is no booking with this code. Please check the code on your confirmation."
            raise BookingNotFoundError(msg)
        return booking

    def cancel(self, code: BookingCode, *, actor: str = "rider", with_linked: bool = False) -> Booking:
        """Cancel a booking; cancelling twice is the same as once.

        Raises
        ------
        BookingNotFoundError, TooLateToCancelError, DayBusyError
            No such code; a vehicle is on its way; many change the day at once.
        """
        return self.changes.cancel(code, actor, with_linked=with_linked)

    def day_view(self, on: date) -> DayView:
        """All runs of a day, with riders."""
        with self.database.sessions() as session:
            return day_views.day_view(session, self.network, self.service_day(on))

    def manifest(self, on: date, shift_id: ShiftId) -> RunView:
        """One run as the driver reads it.

        Raises
        ------
        NotFoundError
            That shift is not driven that day.
        """
        with self.database.sessions() as session:
            found = day_views.manifest(session, self.network, self.service_day(on), shift_id)
        if found is None:
            msg = f"There is no shift {shift_id} on {on}."
            raise NotFoundError(msg)
        return found

    def run_geometry(self, run: RunView) -> list[tuple[float, float]]:
        """The way of a run along the roads, ``lon, lat``; empty for a run without riders."""
        places = [(v.lon, v.lat) for v in run.visits if not v.is_break]
        return way_between(self.artefacts.network(), places) if len(places) > 1 else []

    def version(self, on: date) -> int:
        """How often a day was changed; 0 for one that nobody has touched."""
        with self.database.sessions() as session:
            return find_version(session, on) or 0

    def improve(self, on: date, *, seconds: float | None, seed: int = 0) -> Improvement | None:
        """Re-plan a day around its promises; None when nothing cheaper was found."""
        return improve_day(
            self.database.sessions, self.network, self.service_day(on), self.clock(), seconds=seconds, seed=seed
        )

    def save_staff(self, name: str, password: str, role: str) -> None:
        """Create a staff account, or give it a new password."""
        with self.database.sessions.begin() as session:
            staff.save_staff(session, name, password, role)

    def log_in(self, name: str, password: str) -> str | None:
        """A session token for the right name and password."""
        with self.database.sessions.begin() as session:
            return staff.log_in(session, name, password, self.clock())

    def find_staff(self, session_token: str) -> StaffView | None:
        """Who is logged in with a token."""
        with self.database.sessions() as session:
            return staff.find_staff(session, session_token, self.clock())

    def log_out(self, session_token: str) -> None:
        """End a login."""
        with self.database.sessions.begin() as session:
            staff.log_out(session, session_token)


def _next_offer_id() -> OfferId:
    return OfferId(secrets.token_hex(12))
