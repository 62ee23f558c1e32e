"""What residents type, read into an enquiry; mistakes come back as sentences beside their field."""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from booking.gazetteer import Hit
from booking.gazetteer_words import words_of
from booking.model import Contact, Enquiry, Party, Place, StopId, Timing
from booking.operation import Operation
from web.i18n import N_

MAX_TEXT = 200
"""Longest text of a field that is looked at."""
ENDS = ("origin", "destination")
USUAL_COUNTS = ("persons", "wheelchairs", "prams", "walking_frames", "bikes")
RARE_COUNTS = ("dogs", "child_seats", "luggage", "companions")
MORE_TIME_S = 180
"""What somebody gets who asks for more time, to board and again to alight."""
FLEXIBLE_MIN = (0, 30, 60, 120, 240)
"""How much earlier or later a ride may be, to choose from."""

Errors = dict[str, str]
"""German sentence by the field it belongs to, in the order of the page."""


class EnquiryForm(BaseModel):
    """The fields of the enquiry as they were typed, none of them trusted.

    ``origin_choice`` is the suggestion taken in the browser, ``origin_pick`` the answer to "which one?"; both hold
    a place as JSON.
    """

    origin: str = Field(default="", max_length=MAX_TEXT)
    origin_choice: str = Field(default="", max_length=4 * MAX_TEXT)
    origin_pick: str = Field(default="", max_length=4 * MAX_TEXT)
    destination: str = Field(default="", max_length=MAX_TEXT)
    destination_choice: str = Field(default="", max_length=4 * MAX_TEXT)
    destination_pick: str = Field(default="", max_length=4 * MAX_TEXT)
    day: str = Field(default="", max_length=10)
    timing: str = Timing.DEPART_AFTER.value
    hour: str = Field(default="", max_length=10)
    minute: str = Field(default="", max_length=10)
    persons: str = Field(default="1", max_length=3)
    wheelchairs: str = Field(default="0", max_length=3)
    prams: str = Field(default="0", max_length=3)
    walking_frames: str = Field(default="0", max_length=3)
    bikes: str = Field(default="0", max_length=3)
    dogs: str = Field(default="0", max_length=3)
    child_seats: str = Field(default="0", max_length=3)
    luggage: str = Field(default="0", max_length=3)
    companions: str = Field(default="0", max_length=3)
    more_time: str = Field(default="", max_length=10)
    flexible: str = Field(default="0", max_length=3)

    def says_more(self) -> bool:
        """Whether something is filled in of what few people need."""
        return any(getattr(self, field) not in ("", "0") for field in (*RARE_COUNTS, "more_time", "flexible"))


class ContactForm(BaseModel):
    """Who travels, and the offer that is to be confirmed.

    ``again``: they have been told that they have a ride at that time, and want this one, too.
    """

    offer: str = Field(default="", max_length=20_000)
    name: str = Field(default="", max_length=MAX_TEXT)
    phone: str = Field(default="", max_length=MAX_TEXT)
    email: str = Field(default="", max_length=MAX_TEXT)
    again: str = Field(default="", max_length=10)


class FindForm(BaseModel):
    """A booking code and, where one was given, the phone number."""

    code: str = Field(default="", max_length=MAX_TEXT)
    phone: str = Field(default="", max_length=MAX_TEXT)


@dataclass(frozen=True, slots=True)
class ReadEnquiry:
    """What reading a form came to: an enquiry, or what is wrong, or which places are still in question."""

    form: EnquiryForm
    enquiry: Enquiry | None = None
    errors: Errors = field(default_factory=dict)
    questions: dict[str, tuple[Hit, ...]] = field(default_factory=dict)
    """Places to choose from, by the end they are for."""


def read_enquiry(form: EnquiryForm, operation: Operation) -> ReadEnquiry:
    """Read the enquiry form; places are looked up as far as they are not chosen already."""
    errors: Errors = {}
    questions: dict[str, tuple[Hit, ...]] = {}
    places = {end: _read_end(form, end, operation, errors, questions) for end in ENDS}
    wished_at = _read_wished_at(form, operation.district.zone, errors)
    party = _read_party(form, errors)
    if errors or questions:
        return ReadEnquiry(form, errors=errors, questions=questions)
    origin, destination = places["origin"], places["destination"]
    if origin is None or destination is None or wished_at is None or party is None:  # each left an error
        msg = "a form without errors and questions is an enquiry"
        raise AssertionError(msg)
    flexible_s = 60 * int(form.flexible or "0")
    return ReadEnquiry(
        form,
        Enquiry(origin, destination, Timing(form.timing), wished_at, party, earlier_s=flexible_s, later_s=flexible_s),
    )


def read_contact(form: ContactForm, language: str = "de") -> Contact | Errors:
    """Who travels and in which language they want to be told, or what is wrong."""
    errors: Errors = {}
    person, phone, email = form.name.strip(), form.phone.strip(), form.email.strip()
    if not person:
        errors["name"] = N_("Bitte geben Sie Ihren Namen ein.")
    if phone and len(digits(phone)) < 4:
        errors["phone"] = N_("Bitte geben Sie eine Telefonnummer mit Ziffern ein, oder lassen Sie das Feld leer.")
    before, at, after = email.partition("@")
    if email and not (before and at and "." in after and " " not in email):
        errors["email"] = N_("Bitte geben Sie eine E-Mail-Adresse mit @ ein, oder lassen Sie das Feld leer.")
    return errors or Contact(person, phone, email, language=language)


def digits(phone: str) -> str:
    """The digits of a phone number, a German country code read as 0."""
    kept = "".join(sign for sign in phone if sign.isdecimal())
    for prefix in ("0049", "49"):
        if kept.startswith(prefix) and not (prefix == "49" and not phone.strip().startswith("+")):
            return "0" + kept.removeprefix(prefix)
    return kept


def form_of(enquiry: Enquiry, zone: ZoneInfo) -> EnquiryForm:
    """The form that would give this enquiry."""
    local = enquiry.wished_at.astimezone(zone)
    return EnquiryForm(
        origin=enquiry.origin.label,
        origin_choice=place_json(enquiry.origin),
        destination=enquiry.destination.label,
        destination_choice=place_json(enquiry.destination),
        day=local.date().isoformat(),
        timing=enquiry.timing.value,
        hour=f"{local:%H}",
        minute=f"{local:%M}",
        persons=str(enquiry.party.persons),
        wheelchairs=str(enquiry.party.wheelchairs),
        prams=str(enquiry.party.prams),
        walking_frames=str(enquiry.party.walking_frames),
        bikes=str(enquiry.party.bikes),
        dogs=str(enquiry.party.dogs),
        child_seats=str(enquiry.party.child_seats),
        luggage=str(enquiry.party.luggage),
        companions=str(enquiry.party.companions),
        more_time="yes" if enquiry.party.boarding_extra_s else "",
        flexible=str(max(choice for choice in FLEXIBLE_MIN if 60 * choice <= enquiry.later_s)),
    )


def fresh_form(now: datetime, zone: ZoneInfo) -> EnquiryForm:
    """The form as it is first shown: two hours from now, on the full hour."""
    wished = now.astimezone(zone) + timedelta(hours=2)
    return EnquiryForm(day=wished.date().isoformat(), hour=f"{wished:%H}", minute="00")


def asked_again(form: EnquiryForm, now: datetime) -> EnquiryForm:
    """The same wish today or, where its time is over, tomorrow.

    Parameters
    ----------
    now
        In the district's time zone.
    """
    is_to_come = (int(form.hour), int(form.minute)) > (now.hour, now.minute)
    on = now.date() if is_to_come else now.date() + timedelta(days=1)
    return form.model_copy(update={"day": on.isoformat()})


def list_days(today: date, horizon_days: int) -> list[date]:
    """The days one may order for."""
    return [today + timedelta(days=ahead) for ahead in range(horizon_days + 1)]


def place_json(place: Place | Hit) -> str:
    """A place as a hidden field carries it; the browser module writes the same keys."""
    return json.dumps(
        {"label": place.label, "lon": place.lon, "lat": place.lat, "stop_id": place.stop_id}, ensure_ascii=False
    )


def read_place(text: str, operation: Operation) -> Place | None:
    """A place out of a hidden field; None if it is not one."""
    try:
        given = json.loads(text)
        label, stop_id = str(given["label"])[:MAX_TEXT], given["stop_id"]
        if not label.strip():
            return None
        if stop_id is None:
            return Place(label, float(given["lon"]), float(given["lat"]))
        stop = operation.district.stop_by_id[StopId(str(stop_id))]
        return Place(label, stop.lon, stop.lat, stop.id)
    except (ValueError, KeyError, TypeError):
        return None


def _read_end(
    form: EnquiryForm, end: str, operation: Operation, errors: Errors, questions: dict[str, tuple[Hit, ...]]
) -> Place | None:
    text: str = getattr(form, end).strip()
    picked = read_place(getattr(form, f"{end}_pick"), operation)
    chosen = read_place(getattr(form, f"{end}_choice"), operation)
    place = picked or (chosen if chosen and chosen.label == text else None)
    if place:
        setattr(form, end, place.label)
        setattr(form, f"{end}_choice", place_json(place))
        return place
    if not text:
        errors[end] = _MISSING[end]
        return None
    hits = operation.search_places(text)
    exact = [hit for hit in hits if words_of(hit.label) == words_of(text)]
    if len(hits) == 1 or len(exact) == 1:
        hit = (exact or list(hits))[0]
        return Place(hit.label, hit.lon, hit.lat, hit.stop_id)
    if hits:
        questions[end] = tuple(hits)
    else:
        errors[end] = N_("Diesen Ort haben wir nicht gefunden. Bitte prüfen Sie die Schreibweise.")
    return None


_MISSING = {
    "origin": N_("Bitte geben Sie ein, wo die Fahrt beginnt."),
    "destination": N_("Bitte geben Sie ein, wohin Sie fahren."),
}


def _read_wished_at(form: EnquiryForm, zone: ZoneInfo, errors: Errors) -> datetime | None:
    on: date | None = None
    at: time | None = None
    try:
        on = date.fromisoformat(form.day)
    except ValueError:
        errors["day"] = N_("Bitte wählen Sie einen Tag.")
    try:
        at = time(int(form.hour), int(form.minute or "0"))
    except ValueError:
        errors["hour"] = N_("Bitte geben Sie die Uhrzeit ein, zum Beispiel 9 und 30.")
    if form.timing not in set(Timing):
        errors["timing"] = N_("Bitte wählen Sie, ob Sie die Abfahrt oder die Ankunft meinen.")
    return datetime.combine(on, at, zone).astimezone(UTC) if on is not None and at is not None else None


def _read_party(form: EnquiryForm, errors: Errors) -> Party | None:
    counts: dict[str, int] = {}
    for count in _COUNTS:
        text = getattr(form, count).strip() or "0"
        if text.isdecimal():
            counts[count] = int(text)
        else:
            errors[count] = N_("Bitte geben Sie eine Zahl ein.")
    if form.flexible not in map(str, FLEXIBLE_MIN):
        errors["flexible"] = N_("Bitte wählen Sie, wie genau die Uhrzeit ist.")
    if counts.get("persons") == 0:
        errors["persons"] = N_("Mindestens eine Person fährt mit.")
    if counts.get("wheelchairs", 0) > counts.get("persons", 0):
        errors.setdefault("wheelchairs", N_("Es sind mehr Rollstühle als Personen."))
    elif counts.get("child_seats", 0) > counts.get("persons", 0) - counts.get("wheelchairs", 0):
        errors.setdefault("child_seats", N_("Es sind mehr Kindersitze als Personen."))
    if counts.get("companions", 0) and counts.get("companions", 0) >= counts.get("persons", 0):
        errors.setdefault(
            "companions", N_("Zählen Sie die Begleitung bei den Personen mit. Eine Person wird begleitet.")
        )
    more_s = MORE_TIME_S if form.more_time else 0
    return None if errors.keys() & {*_COUNTS, "flexible"} else Party(**counts, boarding_extra_s=more_s)


_COUNTS = (*USUAL_COUNTS, *RARE_COUNTS)
