"""What the booking rules of an exported feed say in words: what GTFS-Flex has no fields for."""

from dataclasses import dataclass

from booking.district import DayKind, District
from booking.model import Channel
from booking.rulebook import Rules


@dataclass(frozen=True, slots=True)
class Words:
    """Sentences in one language."""

    online: str
    by_phone: str
    from_stops: str
    party: str
    line_priority: str
    days: dict[DayKind, str]
    hubs: str


_GERMAN = Words(
    online="Online bestellen bis {lead} Minuten vor der Fahrt, höchstens {days} Tage im Voraus.",
    by_phone="Telefonisch bis {lead} Minuten vor der Fahrt unter {phone} ({hours}).",
    from_stops="Die Fahrt beginnt und endet an Haltestellen.",
    party="Mehr als {persons} Personen nur telefonisch.",
    line_priority="Keine Fahrt, wo bis {before} Minuten vorher oder {after} Minuten nachher eine Linie fährt.",
    days={
        DayKind.WEEKDAY: "Mo-Fr",
        DayKind.SATURDAY: "Sa",
        DayKind.SUNDAY_OR_HOLIDAY: "So und feiertags",
    },
    hubs="Umstieg: {}",
)
_ENGLISH = Words(
    online="Book online up to {lead} minutes before the ride, at most {days} days ahead.",
    by_phone="By phone up to {lead} minutes before the ride: {phone} ({hours}).",
    from_stops="Rides begin and end at stops.",
    party="More than {persons} persons by phone only.",
    line_priority="No ride where a line goes within {before} minutes before or {after} minutes after it.",
    days={
        DayKind.WEEKDAY: "Mon-Fri",
        DayKind.SATURDAY: "Sat",
        DayKind.SUNDAY_OR_HOLIDAY: "Sun and holidays",
    },
    hubs="Change: {}",
)


def language_of(district: District) -> str:
    """The language of the feed: German where the district has it, else English."""
    return "de" if "de" in {code.split("-")[0] for code in district.languages} else "en"


def hubs_text(district: District, names: list[str]) -> str:
    """A headsign that names hubs."""
    return _words(district).hubs.format(" / ".join(names))


def booking_text(district: District, rules: Rules, *, is_online: bool, at_stops: bool) -> str:
    """How to book, in sentences."""
    words = _words(district)
    said = []
    if is_online:
        said.append(words.online.format(lead=rules.lead_s[Channel.WEB] // 60, days=rules.horizon_days))
    hours = ", ".join(
        f"{words.days[kind]} {_clock(span.from_s)}-{_clock(span.to_s)}"
        for kind in DayKind
        if (span := rules.desk_hours.get(kind.value)) is not None
    )
    if hours:
        lead = rules.lead_s[Channel.PHONE] // 60
        said.append(words.by_phone.format(lead=lead, phone=district.contact.phone, hours=hours))
    if at_stops:
        said.append(words.from_stops)
    if is_online and rules.max_party_online < rules.max_party:
        said.append(words.party.format(persons=rules.max_party_online))
    if rules.line_priority.is_on:
        before, after = (s // 60 for s in (rules.line_priority.before_s, rules.line_priority.after_s))
        said.append(words.line_priority.format(before=before, after=after))
    return " ".join(said)


def _words(district: District) -> Words:
    return _GERMAN if language_of(district) == "de" else _ENGLISH


def _clock(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}"
