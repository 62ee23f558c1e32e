"""Days, times and amounts as a reader of any language understands them.

Times are 24-hour and digits are Latin in every language, so that they match the bus, the paper and the phone.
"""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton
from babel.numbers import format_currency
from babel.units import format_unit

from booking.languages import Language


def time_text(at: datetime, zone: ZoneInfo) -> str:
    """The local time of day: ``09:05``."""
    return at.astimezone(zone).strftime("%H:%M")


def day_text(on: date, language: Language) -> str:
    """A date in words with its weekday: ``Donnerstag, 3. Dezember 2026``."""
    return format_date(on, "full", locale=language.cldr)


def date_text(on: date, language: Language) -> str:
    """A date of the coming weeks, without its year: ``3. Dezember``."""
    return format_skeleton("MMMMd", on, locale=language.cldr)


def weekday_text(on: date, language: Language) -> str:
    """A date of the coming weeks with its weekday in full: ``Donnerstag, 3. Dezember``."""
    return listed([format_date(on, "EEEE", locale=language.cldr), date_text(on, language)], language)


def moment_text(at: datetime, zone: ZoneInfo, language: Language) -> str:
    """Day in words and time of day."""
    return f"{day_text(at.astimezone(zone).date(), language)}, {time_text(at, zone)}"


def price_text(price_ct: int, language: Language) -> str:
    """An amount in euros."""
    return format_currency(price_ct / 100, "EUR", locale=language.cldr, numbering_system="latn")


def minutes_text(minutes: int, language: Language) -> str:
    """A number of minutes with its unit."""
    return format_unit(
        minutes, "duration-minute", length=language.unit_length, locale=language.cldr, numbering_system="latn"
    )


def distance_text(distance_m: int, language: Language) -> str:
    """A way on foot, rounded to ten metres."""
    metres = round(distance_m, -1)
    return format_unit(
        metres, "length-meter", length=language.unit_length, locale=language.cldr, numbering_system="latn"
    )


def listed(texts: Sequence[str], language: Language) -> str:
    """Texts joined by the comma of the script."""
    return ("، " if language.direction == "rtl" else ", ").join(texts)
