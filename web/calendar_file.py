"""A booking as a calendar file, with notes in the language of the page."""

from datetime import datetime

from booking.calendar_file import write_calendar
from booking.district import District
from booking.model import BookedRide, Booking
from web.formats import time_text
from web.i18n import N_, Language


def calendar_file(booking: Booking, district: District, language: Language, now: datetime) -> str:
    """One event for each ride: from the earliest pickup to the latest arrival."""

    def notes_of(ride: BookedRide) -> str:
        promise = ride.leg.promise
        window = {
            "from": time_text(promise.pickup_from_at, district.zone),
            "to": time_text(promise.pickup_to_at, district.zone),
        }
        return "\n".join(
            (
                language.gettext(N_("Abholung zwischen %(from)s und %(to)s Uhr")) % window,
                language.gettext(N_("Ihr Code: %(code)s")) % {"code": booking.code},
                language.gettext(N_("Telefon:")) + " " + district.contact.phone,
            )
        )

    return write_calendar(booking, district, notes_of, now)
