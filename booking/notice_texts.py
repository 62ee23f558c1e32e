"""What riders are told, in their language: a subject, a short text (SMS) and a long one (mail, call, letter). Pure.

The source strings are German; the catalogs stand in ``booking/locale``. Sentences are short and plain, and each stands
for itself: who translates one needs no other. A sentence whose figures are not known is left out.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton

from booking.catalogs import say
from booking.district import District
from booking.formats import day_text, minutes_text, moment_text, price_text, time_text
from booking.languages import Language, language_for
from booking.model import BookedRide, Booking, Contact, LineLeg, RideLeg
from booking.notice_rules import NoticeKind

FSI, PDI = "\u2068", "\u2069"
"""Unicode's signs around what has its own direction of writing."""
WITH_RIDE = ("confirmed", "changed", "reminder", "held")
"""What needs the whole ride in its long text."""
ON_THE_WAY = ("near", "delayed", "on_time_again", "connection_waits", "changed_by_us", "changed_connection")
"""What is told so shortly before that everybody knows which ride is meant."""
SHORT_LINE = 90
"""Longer sentences are left out of an SMS, but for the first."""


def N_(message: str) -> str:  # noqa: N802 - the name that gettext tools look for
    """Mark a string for the catalogs without translating it here."""
    return message


HEADLINES: Mapping[str, tuple[str, ...]] = {
    "confirmed": (N_("Ihre Fahrt ist bestellt."),),
    "changed": (N_("Ihre Fahrt ist geändert."),),
    "changed_by_us": (
        N_("Wir mussten Ihre Fahrt etwas ändern."),
        N_("Abholung jetzt: etwa um %(pickup_at)s Uhr."),
        N_("Fahrzeug: %(vehicle)s."),
    ),
    "changed_connection": (
        N_("Ihr Anschluss klappt."),
        N_("Linie: %(line)s."),
        N_("Abholung jetzt: etwa um %(pickup_at)s Uhr."),
    ),
    "cancelled": (N_("Ihre Fahrt ist storniert."), N_("Es kommt kein Fahrzeug.")),
    "reminder": (N_("Wir erinnern Sie an Ihre Fahrt."),),
    "near": (
        N_("Ihr Rufbus ist bald da."),
        N_("Er kommt etwa um %(pickup_at)s Uhr."),
        N_("Einstieg: %(place)s."),
        N_("Fahrzeug: %(vehicle)s."),
    ),
    "delayed": (
        N_("Ihr Rufbus kommt später."),
        N_("Er kommt etwa um %(pickup_at)s Uhr."),
        N_("Bitte warten Sie: Wir holen Sie ab."),
    ),
    "on_time_again": (N_("Ihr Rufbus ist wieder pünktlich."), N_("Er kommt etwa um %(pickup_at)s Uhr.")),
    "connection_waits": (
        N_("Ihre Linie hat Verspätung. Ihr Rufbus wartet auf Sie."),
        N_("Linie: %(line)s."),
        N_("Der Rufbus fährt jetzt etwa um %(pickup_at)s Uhr."),
    ),
    "no_vehicle": (
        N_("Für Ihre Fahrt haben wir im Moment kein Fahrzeug."),
        N_("Wir suchen weiter und melden uns."),
    ),
    "connection_lost": (
        N_("Ihr Anschluss klappt leider nicht."),
        N_("Linie: %(line)s."),
        N_("Das ist möglich: Abfahrt um %(departure_at)s Uhr, Ankunft um %(arrival_at)s Uhr."),
        N_("Bitte rufen Sie uns an: %(phone)s."),
    ),
    "held": (
        N_("Für Sie ist ein Platz frei geworden."),
        N_("Wir halten ihn für Sie frei bis: %(until)s Uhr."),
        N_("Möchten Sie mitfahren? Dann sagen Sie es uns bitte bis dahin, im Internet oder am Telefon."),
    ),
    "lapsed": (
        N_("Den Platz konnten wir nicht länger für Sie frei halten."),
        N_("Wir haben für Sie nichts gebucht."),
    ),
    "open_date": (
        N_("Eine Ihrer regelmäßigen Fahrten konnten wir nicht wie gewünscht buchen."),
        N_("Tag: %(open_on)s."),
        N_("Bitte rufen Sie uns an: %(phone)s."),
    ),
    "no_show": (
        N_("Wir haben Sie nicht angetroffen."),
        N_("War etwas anders? Bitte rufen Sie uns an: %(phone)s."),
    ),
    "no_show_by_us": (
        N_("Es tut uns leid: Unser Fahrzeug war nicht wie vereinbart bei Ihnen."),
        N_("Bitte rufen Sie uns an: %(phone)s."),
    ),
    "weather": (
        N_("Wegen des Wetters kann es Störungen geben."),
        N_("Die Störung dauert etwa bis: %(until_at)s Uhr."),
        N_("Ihre Fahrt bleibt bestellt."),
    ),
    "lines_stopped": (
        N_("Busse und Züge nach Fahrplan fahren im Moment nicht."),
        N_("Die Störung dauert etwa bis: %(until_at)s Uhr."),
        N_("Ihre Fahrt bleibt bestellt."),
    ),
    "degraded_over": (N_("Die Störung ist vorbei."), N_("Ihre Fahrt bleibt bestellt.")),
}
"""What is said first, by what happened. The first sentence stands alone; each further one needs all its figures."""

HELLO = N_("Guten Tag %(name)s,")
HELLO_YOU = N_("Guten Tag,")
FOR_WHOM = N_("Die Fahrt ist für: %(name)s.")
ABOUT = N_("Es geht um diese Fahrt: %(day)s, %(from)s Uhr, %(place)s.")
DAY = N_("Tag: %(day)s")
PICKUP = N_("Abholung: zwischen %(from)s und %(to)s Uhr")
FROM = N_("Einstieg: %(place)s")
TO = N_("Ausstieg: %(place)s")
ARRIVAL = N_("Ankunft: spätestens um %(time)s Uhr")
LINE_FROM = N_("Linie %(line)s: Abfahrt um %(time)s Uhr, %(place)s")
LINE_TO = N_("Linie %(line)s: Ankunft um %(time)s Uhr, %(place)s")
HOLD = N_("Der Anschluss ist gesichert. Bei Verspätung warten wir höchstens %(minutes)s.")
PERSONS = N_("Personen: %(num)s")
PRICE = N_("Preis: %(price)s")
BE_EARLY = N_("Bitte seien Sie 5 Minuten früher da.")
CODE = N_("Ihr Code: %(code)s")
CHANGE = N_("Möchten Sie etwas ändern oder absagen? Rufen Sie uns an: %(phone)s.")
QUESTIONS = N_("Haben Sie Fragen? Rufen Sie uns an: %(phone)s.")
ONLINE = N_("Oder im Internet, mit Ihrem Code: %(url)s")
GOODBYE = N_("Freundliche Grüße")
SHORT_RIDE = N_("%(day)s, Abholung %(from)s bis %(to)s Uhr: %(place)s.")
SHORT_CODE = N_("Code: %(code)s.")
SHORT_PHONE = N_("Telefon: %(phone)s.")


@dataclass(frozen=True, slots=True)
class NoticeText:
    """A message as it is told.

    Parameters
    ----------
    short
        For an SMS: at most about two of its parts.
    paragraphs
        The long text; each holds one or more lines.
    """

    subject: str
    short: str
    paragraphs: tuple[tuple[str, ...], ...]
    language: Language

    @property
    def long(self) -> str:
        """The long text."""
        return "\n\n".join("\n".join(lines) for lines in self.paragraphs)

    def spoken(self) -> str:
        """The long text as a voice reads it: no addresses of pages, codes letter by letter."""
        kept = [line for lines in self.paragraphs for line in lines if "://" not in line]
        said = " ".join(line if line[-1] in ".!?,:" else f"{line}." for line in kept)
        said = said.replace(FSI, "").replace(PDI, "")
        return re.sub(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", lambda m: " ".join(m[0].replace("-", "")), said)


def situation(kind: NoticeKind, params: Mapping[str, Any]) -> str:
    """What happened: a key of :data:`HEADLINES`."""
    found = next((what for known, what, holds in _SITUATIONS if known is kind and holds(params)), None)
    return kind.value if found is None else found


_Params = Mapping[str, Any]
_SITUATIONS: tuple[tuple[NoticeKind, str, Callable[[_Params], bool]], ...] = (
    (NoticeKind.CHANGED, "changed_connection", lambda params: "line" in params),
    (NoticeKind.CHANGED, "changed_by_us", lambda params: "ride" in params),
    (NoticeKind.DELAYED, "connection_waits", lambda params: params.get("decision") == "waits"),
    (NoticeKind.DELAYED, "on_time_again", lambda params: params.get("minutes") == 0),
    (NoticeKind.AT_RISK, "connection_lost", lambda params: "line" in params),
    (NoticeKind.AT_RISK, "no_vehicle", lambda _: True),
    (NoticeKind.WAITING_LIST, "lapsed", lambda params: bool(params.get("lapsed"))),
    (NoticeKind.WAITING_LIST, "open_date", lambda params: "open_on" in params),
    (NoticeKind.WAITING_LIST, "held", lambda _: True),
    (NoticeKind.NO_SHOW, "no_show_by_us", lambda params: params.get("fault") in ("driver", "service")),
    (NoticeKind.DEGRADED, "degraded_over", lambda params: params.get("state") == "off"),
    (NoticeKind.DEGRADED, "lines_stopped", lambda params: params.get("kind") == "lines_stopped"),
    (NoticeKind.DEGRADED, "weather", lambda _: True),
)
"""What a kind of message means with some params; the first that holds."""


def render(
    kind: NoticeKind,
    params: Mapping[str, Any],
    booking: Booking,
    to: Contact,
    district: District,
    public_url: str,
) -> NoticeText:
    """A message to one person, in their language.

    Parameters
    ----------
    params
        As they were queued: times as ISO texts.
    to
        Who is told; if that is not who travels, it says for whom the ride is.
    """
    return _Writer(kind, params, booking, to, district, public_url).write()


class _Writer:
    def __init__(
        self,
        kind: NoticeKind,
        params: Mapping[str, Any],
        booking: Booking,
        to: Contact,
        district: District,
        public_url: str,
    ) -> None:
        self.kind, self.params, self.booking, self.to = kind, params, booking, to
        self.district, self.url = district, public_url
        self.language = language_for(to.language)
        self.zone: ZoneInfo = district.zone
        self.what = situation(kind, params)

    def write(self) -> NoticeText:
        headline = self._headline()
        subject = f"{self.district.name}: {headline[0].rstrip('.')}"
        about = [] if self.what in (*WITH_RIDE, "open_date") else self._short_rides(ABOUT)
        has_ride = self.what in WITH_RIDE
        rides = self._rides() if has_ride else [tuple(about)]
        short = [headline[0], *(line for line in headline[1:] if len(line) <= SHORT_LINE)]
        if has_ride:
            short[1:] = [*self._short_rides(SHORT_RIDE), *(headline[1:2] if self.what == "held" else ())]
        elif self.what not in ON_THE_WAY:
            short += about
        short.append(self._say(SHORT_CODE, code=self.booking.code))
        if not self._has_phone():
            short.append(self._say(SHORT_PHONE, phone=self.district.contact.phone))
        paragraphs = [(self._hello(),), (*headline, *self._for_whom()), *rides, self._hints(has_ride)]
        paragraphs.append((self._say(GOODBYE), self.district.contact.operator))
        said = tuple(tuple(lines) for lines in paragraphs if lines)
        return NoticeText(_plain(subject), _plain(" ".join(short)), said, self.language)

    def _say(self, sentence: str, **figures: str) -> str:
        if self.language.direction == "rtl":
            figures = {name: f"{FSI}{text}{PDI}" for name, text in figures.items()}
        return say(sentence, self.language) % figures

    def _has_phone(self) -> bool:
        """Whether what is said first names the telephone already."""
        return any("%(phone)s" in sentence for sentence in HEADLINES[self.what])

    def _hello(self) -> str:
        return self._say(HELLO, name=self.to.name) if self.to.name else self._say(HELLO_YOU)

    def _headline(self) -> list[str]:
        figures = self._figures()
        first, *further = HEADLINES[self.what]
        said = [first, *(s for s in further if set(re.findall(r"%\((\w+)\)s", s)) <= figures.keys())]
        return [self._say(sentence, **figures) for sentence in said]

    def _figures(self) -> dict[str, str]:
        """What is known, as texts."""
        figures = {"phone": self.district.contact.phone}
        offer = self.params.get("offer") or {}
        for name, value in {**self.params, **offer}.items():
            if value is None:
                continue
            if name in ("pickup_at", "departure_at", "arrival_at"):
                figures[name] = time_text(datetime.fromisoformat(value), self.zone)
            elif name in ("until", "until_at"):
                figures[name] = moment_text(datetime.fromisoformat(value), self.zone, self.language)
            elif name == "open_on":
                figures[name] = day_text(date.fromisoformat(value), self.language)
            elif name == "line":
                figures[name] = str(value)
        ride = self._ride()
        if ride is not None:
            figures["place"] = _place(ride.leg.from_label, ride.leg)
            if ride.vehicle_label:
                figures["vehicle"] = ride.vehicle_label
        return figures

    def _ride(self) -> BookedRide | None:
        """The ride it is about."""
        about = self.params.get("ride")
        return next((r for r in self.booking.rides if about in (None, r.request_id)), None)

    def _for_whom(self) -> list[str]:
        name = self.booking.contact.name
        is_other = self.booking.booker is not None and self.to == self.booking.booker.contact
        return [self._say(FOR_WHOM, name=name)] if is_other and name else []

    def _rides(self) -> list[tuple[str, ...]]:
        """Each ride with the line before and after it."""
        offer = self.booking.offer
        lines = [self._say(DAY, day=day_text(offer.departure_at.astimezone(self.zone).date(), self.language))]
        rides = iter(self.booking.rides)  # with the windows that are agreed now
        for leg in offer.legs:
            if isinstance(leg, RideLeg):
                lines += self._ride_lines(next(rides).leg)
            elif isinstance(leg, LineLeg):
                lines.append(self._line(LINE_FROM, leg, leg.departure_at, leg.from_label))
                lines.append(self._line(LINE_TO, leg, leg.arrival_at, leg.to_label))
        extras = []
        if offer.enquiry.party.persons > 1:
            extras.append(self._say(PERSONS, num=str(offer.enquiry.party.persons)))
        if offer.price_ct:
            extras.append(self._say(PRICE, price=price_text(offer.price_ct, self.language)))
        return [tuple(lines), tuple(extras)]

    def _line(self, sentence: str, leg: LineLeg, at: datetime, place: str) -> str:
        return self._say(sentence, line=leg.line_name, time=time_text(at, self.zone), place=place)

    def _ride_lines(self, leg: RideLeg) -> list[str]:
        promise = leg.promise
        lines = [
            self._say(PICKUP, **_window(leg, self.zone)),
            self._say(FROM, place=_place(leg.from_label, leg)),
            self._say(TO, place=leg.dropoff_door.label if leg.dropoff_door else leg.to_label),
            self._say(ARRIVAL, time=time_text(promise.dropoff_to_at, self.zone)),
        ]
        if leg.held is not None:
            hold_s = self.district.rulebook.rules_on(self.booking.offer.service_on).connection.hold_s
            lines.append(self._say(HOLD, minutes=minutes_text(hold_s // 60, self.language)))
        return lines

    def _short_rides(self, sentence: str) -> list[str]:
        """The first ride in a sentence."""
        leg = self.booking.rides[0].leg
        on = leg.promise.pickup_from_at.astimezone(self.zone).date()
        figures = {
            "day": format_skeleton("MMMEd", on, locale=self.language.cldr),
            **_window(leg, self.zone),
            "place": _place(leg.from_label, leg),
        }
        return [self._say(sentence, **figures)]

    def _hints(self, has_ride: bool) -> tuple[str, ...]:  # noqa: FBT001 - one caller
        phone, code = self.district.contact.phone, self.booking.code
        hints = [self._say(BE_EARLY)] if has_ride and self.what != "held" else []
        hints.append(self._say(CODE, code=code))
        if not self._has_phone():
            hints.append(self._say(CHANGE if has_ride else QUESTIONS, phone=phone))
        if has_ride:
            known = self.district.languages
            page = self.language.code if self.language.code in known else known[0]
            hints.append(self._say(ONLINE, url=f"{self.url}/{page}/booking/find"))
        return tuple(hints)


def ride_notes(ride: BookedRide, booking: Booking, to: Contact, district: District) -> str:
    """What stands below a ride in a calendar."""
    language = language_for(to.language)
    lines = (
        say(PICKUP, language) % _window(ride.leg, district.zone),
        say(CODE, language) % {"code": booking.code},
        say(SHORT_PHONE, language) % {"phone": district.contact.phone},
    )
    return "\n".join(lines)


def _window(leg: RideLeg, zone: ZoneInfo) -> dict[str, str]:
    """Within what the rider is picked up."""
    return {"from": time_text(leg.promise.pickup_from_at, zone), "to": time_text(leg.promise.pickup_to_at, zone)}


def _place(label: str, leg: RideLeg) -> str:
    return leg.pickup_door.label if leg.pickup_door is not None else label


def _plain(text: str) -> str:
    """Without the signs of direction: telephones show them as boxes."""
    return text.replace(FSI, "").replace(PDI, "")
