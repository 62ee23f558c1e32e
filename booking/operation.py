"""The running service of one district: the one door through which pages, API, worker and command line go."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import date

from booking import day_views, staff
from booking.accounts import Accounts
from booking.alerts import Alerts, RiderOfRide, count_alerts, day_state, list_alerts, riders_of
from booking.api_keys import ApiKeys
from booking.artefacts import Artefacts
from booking.audit_trail import AuditEntry, AuditQuery, list_actions, list_entries
from booking.booking_search import FoundBooking, search_bookings
from booking.bookings import confirm_offer, find_booking, read_code
from booking.callers import Caller, find_caller
from booking.changes import Changes
from booking.clock import Clock
from booking.database import Database
from booking.day import Day, service_day_of
from booking.day_writing import DayWriter
from booking.degraded import is_booked
from booking.dispatch import REPLACE_S, Dispatch
from booking.district import District
from booking.enquiry_search import Network
from booking.errors import BookingNotFoundError, DoesNotFitError, NotFoundError, OfferTakenError
from booking.exchange import Exchange
from booking.gazetteer import Hit
from booking.idempotency import IdempotencyKeys
from booking.improve import Improvement, improve_day
from booking.journeys import Answerer
from booking.life_rules import LifeRules
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
from booking.moves import Moves
from booking.no_shows import NoShows
from booking.notice_desk import Notices
from booking.policy import FULL, Policy
from booking.rebooking import Coming, Rebooking, rebook
from booking.replan import Replans
from booking.returns import TAKEN, Groups, Returns
from booking.rider_data import Privacy
from booking.rules_store import save_rules
from booking.second_look import SecondLooks
from booking.series import SeriesDesk
from booking.settings import Settings
from booking.statistics import Dimension, Line, count_lines
from booking.store import find_version, load_day, save_places, save_refusal
from booking.tokens import read_offer, sign_offer
from booking.views import DayView, RunView, StaffView
from booking.waiting_list import WaitingList
from gtfs.service_day import ServiceDay
from routing.matrix import way_between
from routing.model import RequestId, ShiftId

SLIPS = {Reason.IN_THE_PAST, Reason.SAME_PLACE}
"""Refusals that tell nothing about the service: somebody mistyped."""


class Operation:
    """A district with its artefacts, its database and a clock. Safe to use from several threads.

    Parameters
    ----------
    policy
        How hard it tries for a wish.
    replace_s
        How long other vehicles are looked for when one ends its shift early.
    """

    def __init__(
        self,
        district: District,
        artefacts: Artefacts,
        database: Database,
        settings: Settings,
        clock: Clock,
        *,
        policy: Policy = FULL,
        replace_s: float = REPLACE_S,
    ) -> None:
        self.district = district
        self.artefacts = artefacts
        self.database = database
        self.settings = settings
        self.clock = clock
        self.network = Network(district, artefacts)
        self._secret = settings.secret.get_secret_value()
        self._answerer = Answerer(self.network, self._load_day, _next_offer_id, policy)
        self.dispatch = Dispatch(database.sessions, self.network, clock, self._answer, replace_s=replace_s)
        self.moves = Moves(database.sessions, self.network, clock)
        self.replans = Replans(database.sessions, self.network, clock)
        self.writer = DayWriter(database.sessions, self.network, clock)
        self.changes = Changes(self)
        self.returns = Returns(self)
        self.groups = Groups(self)
        self.no_shows = NoShows(self)
        self.waiting_list = WaitingList(self)
        self.series = SeriesDesk(self)
        self.privacy = Privacy(self)
        self.exchange = Exchange(self)
        self.accounts = Accounts(database.sessions, clock, self._secret, district.name)
        self.api_keys = ApiKeys(database.sessions, clock)
        self.idempotency = IdempotencyKeys(database.sessions, clock, self._secret)
        self.notices = Notices(self)

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

    def life_rules(self, on: date) -> LifeRules:
        """What may become of the bookings of a service day."""
        return self.district.rulebook.rules_on(on).orders.life

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
        by_staff: bool = False,
    ) -> Booking:
        """Make an offer a booking. The same offer confirmed twice gives the same booking.

        Parameters
        ----------
        booker
            Who orders it for somebody else, and who of the two is told.
        allow_duplicate
            Whether the person may have booked the same, or another journey at the same time, already.
        by_staff
            Somebody of the staff books, who has talked with the person; by telephone that is always so.

        Raises
        ------
        OfferInvalidError, OfferExpiredError
            The offer is not ours, or its time is over.
        OfferTakenError
            Somebody else was first; the error holds what is possible now.
        DuplicateBookingError
            The same person has a booking that collides with this one.
        CallFirstError
            They often did not come, and the rules want the desk to talk with them first.
        """
        offer = self.read_token(token)
        if not offer.is_bookable():
            msg = "A line needs no booking: just board."
            raise NotFoundError(msg)
        if self.dispatch.is_suspended(offer.enquiry) and not self._is_booked(offer.id):
            msg = "No new rides can be booked at the moment."
            raise OfferTakenError(msg, self.answer(offer.enquiry))
        if not by_staff:
            self._check_no_shows(offer, contact, channel)
        duplicates = None if allow_duplicate else self.life_rules(offer.service_on).duplicates
        limits = self.answerer.policy.second_look
        if booker is None:
            code = confirm_offer(
                self.database.sessions,
                self.network,
                offer,
                contact,
                channel,
                self.clock,
                looks=None if limits is None else SecondLooks(limits, self.answerer.found),
                duplicates=duplicates,
            )
        else:
            order = Rebooking(channel.value, coming=(Coming(offer, contact, channel, booker),), duplicates=duplicates)
            code = next(iter(rebook(self.writer, order) or ()), None)
        if code is None:
            msg = "This ride has just been taken by somebody else. Here is what is possible now."
            raise OfferTakenError(msg, self.answer(offer.enquiry))
        return self.get_booking(code)

    def confirm_together(
        self, coming: tuple[Coming, ...], roles: tuple[str, ...], *, allow_duplicate: bool, by_staff: bool = False
    ) -> tuple[Booking, ...]:
        """Book several offers in one transaction, or none of them.

        Raises
        ------
        DoesNotFitError
            One of them has been taken; nothing was booked.
        DuplicateBookingError
            The same person has a booking that collides with one of them.
        CallFirstError
            They often did not come, and the rules want the desk to talk with them first.
        """
        if not by_staff:
            self._check_no_shows(coming[0].offer, coming[0].contact, coming[0].channel)
        duplicates = None if allow_duplicate else self.life_rules(coming[0].offer.service_on).duplicates
        order = Rebooking(coming[0].channel.value, coming=coming, roles=roles, duplicates=duplicates)
        codes = rebook(self.writer, order)
        if codes is None:
            raise DoesNotFitError(TAKEN)
        return tuple(self.get_booking(code) for code in codes)

    def _check_no_shows(self, offer: Offer, contact: Contact, channel: Channel) -> None:
        if channel is not Channel.PHONE:
            self.no_shows.check(contact, self.district.rulebook.rules_on(offer.service_on))

    def _is_booked(self, offer_id: OfferId) -> bool:
        with self.database.sessions() as session:
            return is_booked(session, offer_id)

    def find_booking(self, code: BookingCode) -> Booking | None:
        """The booking with a code as people type it, or None."""
        with self.database.sessions() as session:
            return find_booking(session, self.network, read_code(code))

    def search_bookings(self, text: str) -> tuple[FoundBooking, ...]:
        """Bookings by parts of a name, a telephone number or a code; for dispatchers."""
        with self.database.sessions() as session:
            return search_bookings(session, text, self.today())

    def find_caller(self, phone: str) -> Caller | None:
        """Who has booked with a telephone number before, and where to; for dispatchers."""
        with self.database.sessions() as session:
            return find_caller(session, phone, self.today())

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

    def alerts(self, on: date) -> Alerts:
        """What dispatchers have to look at on a day."""
        return list_alerts(self, on)

    def audit_entries(self, query: AuditQuery) -> tuple[AuditEntry, ...]:
        """Who decided what and when, the newest first."""
        with self.database.sessions() as session:
            return list_entries(session, query)

    def audit_actions(self) -> Sequence[str]:
        """The names of all decisions there are."""
        with self.database.sessions() as session:
            return list_actions(session)

    def riders_of(self, on: date) -> Mapping[RequestId, RiderOfRide]:
        """Who the rides of a day are for, also of those that no vehicle drives."""
        return riders_of(self, on)

    def count_alerts(self, on: date) -> int:
        """How many things dispatchers have to look at on a day."""
        return count_alerts(self, on)

    def day_state(self, on: date) -> str:
        """A text that changes as soon as there is something new to see of a day."""
        with self.database.sessions() as session:
            return day_state(session, on, find_version(session, on) or 0)

    def improve(self, on: date, *, seconds: float | None, seed: int = 0) -> Improvement | None:
        """Re-plan a day around its promises; None when nothing cheaper was found."""
        return improve_day(
            self.database.sessions, self.network, self.service_day(on), self.clock(), seconds=seconds, seed=seed
        )

    def statistics(self, first_on: date, last_on: date, *, by: Sequence[Dimension], k: int) -> list[Line]:
        """What was served and refused from one service day to another, fit to be published."""
        with self.database.sessions() as session:
            return count_lines(session, self.district, first_on, last_on, by=by, k=k)

    def save_staff(self, name: str, password: str, role: str) -> None:
        """Create a staff account, or give it a new password."""
        with self.database.sessions.begin() as session:
            staff.save_staff(session, name, password, role)

    def log_in(self, name: str, password: str, *, code: str = "", address: str = "") -> str | None:
        """A session token for the right name and password.

        Parameters
        ----------
        code
            Of the second factor, where the account has one.
        address
            Where whoever tries is, for counting wrong tries.

        Raises
        ------
        SecondFactorNeededError, TooManyRequestsError
            The account asks for a code as well; too many wrong tries.
        """
        tried = staff.Try(name, password, code, address)
        with self.database.sessions.begin() as session:
            return staff.log_in(session, tried, self.clock(), self._secret)

    def log_in_with_code(self, half: str, code: str, *, address: str = "") -> str | None:
        """A session token for whoever knew the password a moment ago and has the right code.

        Raises
        ------
        TooManyRequestsError
            Too many wrong tries.
        """
        with self.database.sessions.begin() as session:
            return staff.log_in_with_code(session, half, code, address, self.clock(), self._secret)

    def find_staff(self, session_token: str) -> StaffView | None:
        """Who is logged in with a token."""
        now = self.clock()
        with self.database.sessions.begin() as session:
            found = staff.find_staff(session, session_token, now)
            if found is not None:
                staff.note_seen(session, session_token, now)
            return found

    def log_out(self, session_token: str) -> None:
        """End a login."""
        with self.database.sessions.begin() as session:
            staff.log_out(session, session_token)


def _next_offer_id() -> OfferId:
    return OfferId(secrets.token_hex(12))
