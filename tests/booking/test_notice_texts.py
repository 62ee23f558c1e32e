"""What riders are told, in nine languages."""
# ruff: noqa: RUF001 - other scripts are what is compared

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from babel.messages.pofile import read_po

from booking.catalogs import notices_file
from booking.enquiry_search import Network
from booking.languages import LANGUAGES, SOURCE
from booking.model import Booker, Contact, NoticesTo
from booking.notice_rules import NoticeKind
from booking.notice_texts import FSI, HEADLINES, PDI, NoticeText, render, ride_notes, situation
from tests.booking.notice_cases import CASES, ERIKA, RIDE, booked

URL = "https://rufbus.example.org"
TRANSLATED = [code for code in LANGUAGES if code != SOURCE]
PLACEHOLDER = re.compile(r"%\(\w+\)s")


def told(
    network: Network, kind: NoticeKind, params: Mapping[str, Any] | None = None, language: str = "de"
) -> NoticeText:
    to = replace(ERIKA, language=language)
    return render(kind, params or {}, booked(network, contact=to), to, network.district, URL)


def msgids() -> set[str]:
    from booking import notice_texts  # noqa: PLC0415

    named = {text for name, text in vars(notice_texts).items() if name.isupper() and isinstance(text, str)}
    return {s for sentences in HEADLINES.values() for s in sentences} | (named - {FSI, PDI})


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_sentence_is_in_every_catalog_with_its_placeholders_and_nothing_else(code: str) -> None:
    with notices_file(code).open("rb") as file:
        catalog = {str(m.id): str(m.string) for m in read_po(file, locale=LANGUAGES[code].locale) if m.id}
    assert set(catalog) == msgids()
    for source, text in catalog.items():
        assert text == text.strip()
        assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(source)), source
        if code != "de-simple":
            assert text != source or source in ("Telefon: %(phone)s.", "Code: %(code)s."), source


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize(("kind", "params"), CASES)
def test_every_kind_is_told_in_every_language(
    tiny: Network, kind: NoticeKind, params: Mapping[str, Any], code: str
) -> None:
    text = told(tiny, kind, params, code)
    whole = f"{text.subject} {text.short} {text.long} {text.spoken()}"
    assert "%(" not in whole
    assert "None" not in whole
    assert "2026-03" not in whole, "times are for people"
    assert not re.search(r"[٠-٩۰-۹]", whole), "digits as on the vehicle and on the phone"
    assert "7KQM-2X9C" in text.short
    assert "7KQM-2X9C" in text.long
    assert tiny.district.contact.phone in text.short
    assert tiny.district.contact.phone in text.long
    assert ERIKA.name in text.long
    assert ERIKA.name not in text.short, "an SMS is read by whoever holds the phone"
    assert "7 K Q M 2 X 9 C" in text.spoken()
    assert "http" not in text.spoken()
    assert len(text.subject) <= 120
    assert len(text.short) <= 300
    assert FSI not in text.short


@pytest.mark.parametrize("what", HEADLINES)
def test_every_situation_has_a_case(what: str) -> None:
    assert what in {situation(kind, params) for kind, params in CASES}


def test_a_confirmation_says_everything_that_matters(tiny: Network) -> None:
    text = told(tiny, NoticeKind.CONFIRMED)
    assert text.subject == "Landkreis Reihendorf: Ihre Fahrt ist bestellt"
    assert (
        text.long
        == """Guten Tag Erika Beispiel,

Ihre Fahrt ist bestellt.

Tag: Dienstag, 3. März 2026
Abholung: zwischen 10:00 und 10:15 Uhr
Einstieg: Dößin, Markt
Ausstieg: Lübzow, Markt
Ankunft: spätestens um 10:45 Uhr
Der Anschluss ist gesichert. Bei Verspätung warten wir höchstens 10 Minuten.
Linie RE 1: Abfahrt um 11:22 Uhr, Lübzow, Bahnhof
Linie RE 1: Ankunft um 11:50 Uhr, Fernstadt Hbf

Personen: 2
Preis: 6,40\xa0€

Bitte seien Sie 5 Minuten früher da.
Ihr Code: 7KQM-2X9C
Möchten Sie etwas ändern oder absagen? Rufen Sie uns an: +49 385 0000000.
Oder im Internet, mit Ihrem Code: https://rufbus.example.org/de/booking/find

Freundliche Grüße
Verkehrsbetrieb Reihendorf"""
    )
    assert text.short == (
        "Ihre Fahrt ist bestellt. Di., 3. März, Abholung 10:00 bis 10:15 Uhr: Dößin, Markt. "
        "Code: 7KQM-2X9C. Telefon: +49 385 0000000."
    )
    assert len(text.short) <= 160


def test_links_hold_no_code_and_no_name(tiny: Network) -> None:
    links = re.findall(r"https?://\S+", told(tiny, NoticeKind.CONFIRMED).long)
    assert links == ["https://rufbus.example.org/de/booking/find"]


def test_a_delay_says_when_the_vehicle_comes(tiny: Network) -> None:
    params = {"ride": RIDE, "minutes": 10, "pickup_at": "2026-03-03T09:25:00+00:00"}
    text = told(tiny, NoticeKind.DELAYED, params)
    assert "Er kommt etwa um 10:25 Uhr." in text.short
    assert "pünktlich" in told(tiny, NoticeKind.DELAYED, {**params, "minutes": 0}).short
    assert "etwa um" not in told(tiny, NoticeKind.DELAYED, {**params, "pickup_at": None}).long


def test_in_summer_time_is_summer_time(tiny: Network) -> None:
    text = told(tiny, NoticeKind.DEGRADED, {"kind": "severe_weather", "until_at": "2026-07-01T10:00:00+00:00"})
    assert "Mittwoch, 1. Juli 2026, 12:00" in text.long


@pytest.mark.parametrize(
    ("code", "day"),
    [
        ("en", "Tuesday, 3 March 2026"),
        ("pl", "wtorek, 3 marca 2026"),
        ("tr", "3 Mart 2026 Salı"),
        ("uk", "вівторок, 3 березня 2026"),
        ("ar", "الثلاثاء"),
        ("fa", "سه‌شنبه"),
    ],
)
def test_days_are_written_as_the_language_writes_them(tiny: Network, code: str, day: str) -> None:
    assert day in told(tiny, NoticeKind.CONFIRMED, language=code).long


def test_a_language_we_do_not_have_is_told_in_german(tiny: Network) -> None:
    assert told(tiny, NoticeKind.CONFIRMED, language="vi").subject == told(tiny, NoticeKind.CONFIRMED).subject


def test_whoever_ordered_for_somebody_else_is_told_for_whom_it_is_in_their_own_language(tiny: Network) -> None:
    nele = Contact("Nele Muster", email="nele@example.org", language="en")
    booking = booked(tiny, booker=Booker(nele, NoticesTo.BOTH))
    text = render(NoticeKind.CONFIRMED, {}, booking, nele, tiny.district, URL)
    assert text.long.startswith("Dear Nele Muster,\n\nYour ride is booked.\nThe ride is for: Erika Beispiel.")
    assert "The ride is for" not in render(NoticeKind.CONFIRMED, {}, booking, booking.contact, tiny.district, URL).long


def test_a_calendar_entry_speaks_the_riders_language(tiny: Network) -> None:
    booking = booked(tiny)
    notes = ride_notes(booking.rides[0], booking, replace(ERIKA, language="pl"), tiny.district)
    assert notes == "Odjazd: między 10:00 a 10:15\nKod: 7KQM-2X9C\nTelefon: +49 385 0000000."


def test_a_cancellation_says_which_ride_and_that_nothing_comes(tiny: Network) -> None:
    text = told(tiny, NoticeKind.CANCELLED)
    assert text.short == (
        "Ihre Fahrt ist storniert. Es kommt kein Fahrzeug. Es geht um diese Fahrt: Di., 3. März, 10:00 Uhr, "
        "Dößin, Markt. Code: 7KQM-2X9C. Telefon: +49 385 0000000."
    )
    assert "Es geht um diese Fahrt" in text.long
    assert "Abholung" not in text.long


@pytest.mark.parametrize(("kind", "params"), CASES)
def test_the_telephone_is_named_once(tiny: Network, kind: NoticeKind, params: Mapping[str, Any]) -> None:
    text = told(tiny, kind, params)
    assert text.long.count("+49 385 0000000") == 1
    assert text.short.count("+49 385 0000000") == 1
