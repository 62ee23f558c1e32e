"""Days, times, amounts (of :mod:`booking.formats`) and parties as pages show them in any language."""

from markupsafe import Markup

from booking.formats import (
    date_text,
    day_text,
    distance_text,
    listed,
    minutes_text,
    moment_text,
    price_text,
    time_text,
    weekday_text,
)
from booking.model import Party
from web.i18n import Language

__all__ = [
    "code",
    "date_text",
    "day_text",
    "distance_text",
    "isolated",
    "listed",
    "minutes_text",
    "moment_text",
    "name",
    "party_text",
    "price_text",
    "time_text",
    "weekday_text",
]


def party_text(party: Party, language: Language) -> str:
    """Who travels, as a list: ``2 Personen, 1 Rollstuhl``."""
    counted = (
        (party.persons, language.ngettext("%(num)s Person", "%(num)s Personen", party.persons)),
        (party.wheelchairs, language.ngettext("%(num)s Rollstuhl", "%(num)s Rollstühle", party.wheelchairs)),
        (party.prams, language.ngettext("%(num)s Kinderwagen", "%(num)s Kinderwagen", party.prams)),
        (party.walking_frames, language.ngettext("%(num)s Rollator", "%(num)s Rollatoren", party.walking_frames)),
        (party.bikes, language.ngettext("%(num)s Fahrrad", "%(num)s Fahrräder", party.bikes)),
        (party.dogs, language.ngettext("%(num)s Hund", "%(num)s Hunde", party.dogs)),
        (party.child_seats, language.ngettext("%(num)s Kindersitz", "%(num)s Kindersitze", party.child_seats)),
        (party.luggage, language.ngettext("%(num)s großes Gepäckstück", "%(num)s große Gepäckstücke", party.luggage)),
        (
            party.companions,
            language.ngettext("davon %(num)s Begleitung", "davon %(num)s Begleitungen", party.companions),
        ),
    )
    return listed([text % {"num": count} for count, text in counted if count], language)


def name(text: str) -> Markup:
    """A proper name of a place, a line or a person: German in any sentence, with its own direction of writing."""
    return Markup('<bdi lang="de">{}</bdi>').format(text)


def isolated(text: str) -> Markup:
    """A code, a number or a price, read from left to right in any sentence."""
    return Markup('<bdi dir="ltr">{}</bdi>').format(text)


def code(text: str) -> Markup:
    """A booking code, large enough to be read out."""
    return Markup('<bdi dir="ltr" class="booking-code">{}</bdi>').format(text)
