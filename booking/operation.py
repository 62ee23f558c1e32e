"""The running service of one district: the one door through which pages, API, worker and command line go."""

from datetime import date

from booking.artefacts import Artefacts
from booking.clock import Clock
from booking.database import Database
from booking.district import District
from booking.gazetteer import Hit
from booking.model import Answer, Booking, BookingCode, BookingId, Channel, Contact, Enquiry, Offer
from booking.settings import Settings
from booking.views import DayView, RunView, StaffView
from routing.model import ShiftId


class Operation:
    """A district with its artefacts, its database and a clock."""

    def __init__(
        self, district: District, artefacts: Artefacts, database: Database, settings: Settings, clock: Clock
    ) -> None:
        self.district = district
        self.artefacts = artefacts
        self.database = database
        self.settings = settings
        self.clock = clock

    def search_places(self, text: str, *, limit: int = 8) -> tuple[Hit, ...]: ...

    def answer(self, enquiry: Enquiry) -> Answer: ...

    def token(self, offer: Offer) -> str: ...

    def read_token(self, token: str) -> Offer: ...

    def confirm(self, token: str, contact: Contact, channel: Channel) -> Booking: ...

    def find_booking(self, code: BookingCode) -> Booking | None: ...

    def cancel(self, code: BookingCode) -> Booking: ...

    def day_view(self, on: date) -> DayView: ...

    def manifest(self, on: date, shift_id: ShiftId) -> RunView: ...

    def log_in(self, name: str, password: str) -> str | None: ...

    def find_staff(self, session_token: str) -> StaffView | None: ...

    def log_out(self, session_token: str) -> None: ...
