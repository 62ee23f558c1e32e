"""A leaflet for each stop: one page, in each language, with what the rules and the timetable say."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pypdfium2
import pytest
from fastapi.testclient import TestClient

from booking.database import Database
from booking.enquiry_search import Network
from booking.model import StopId
from gtfs.timetable import empty_timetable
from tests.tiny_network import FakeClock, operation_of
from web.app import create_app
from web.i18n import LANGUAGES
from web.leaflets import Leaflet, departures_from, drawing, example_days, file_name, write_leaflet

TODAY = date(2026, 3, 2)


def leaflet_of(tiny: Network, stop: str, code: str = "de") -> Leaflet:
    found = tiny.district.stop_by_id[StopId(stop)]
    return Leaflet(tiny.district, tiny.artefacts, found, LANGUAGES[code], TODAY, "https://rufbus.example.org")


def read(pdf: bytes) -> tuple[int, str]:
    """How many pages, and what stands on them."""
    document = pypdfium2.PdfDocument(pdf)
    return len(document), "\n".join(page.get_textpage().get_text_range() for page in document)


def test_it_says_how_to_order_whom_to_call_and_which_lines_leave(tiny: Network) -> None:
    leaflet = leaflet_of(tiny, "altwiek-markt")
    pages, said = read(write_leaflet(leaflet))
    assert pages == 1
    for expected in ("Altwiek, Markt", "So fahren Sie mit dem Rufbus", tiny.district.contact.phone, "vor der Abfahrt"):
        assert expected in said
    (_, weekday), *_ = example_days(tiny.district, tiny.artefacts.timetable, TODAY)
    assert weekday == date(2026, 3, 3)
    departures = departures_from(leaflet, weekday)
    assert departures == sorted(departures), "earliest first"
    assert departures
    assert all(at in said for at, _ in departures[:5])


def test_where_no_line_leaves_it_says_so_and_where_nobody_knows_it_says_nothing(tiny: Network) -> None:
    _, said = read(write_leaflet(leaflet_of(tiny, "cramnitz-siedlung")))
    assert "Hier fährt keine Linie nach Fahrplan." in said
    unknown = replace(tiny.artefacts, timetable=empty_timetable(tiny.district.zone))
    _, said = read(write_leaflet(replace(leaflet_of(tiny, "cramnitz-siedlung"), artefacts=unknown)))
    assert "Linie" not in said


@pytest.mark.parametrize("code", LANGUAGES)
def test_it_is_one_page_in_every_language_and_keeps_names_and_numbers(tiny: Network, code: str) -> None:
    pages, said = read(write_leaflet(leaflet_of(tiny, "altwiek-markt", code)))
    assert pages == 1
    assert "Altwiek, Markt" in said
    assert tiny.district.contact.phone in said


def boxes(page: pypdfium2.PdfTextPage, text: str) -> list[tuple[float, float]]:
    """Where a text stands: left edge and base, in points."""
    searcher = page.search(text)
    found = []
    while (hit := searcher.get_next()) is not None:
        left, bottom, _, _ = page.get_charbox(hit[0])
        found.append((left, round(bottom)))
    return found


@pytest.mark.parametrize("code", ["de", "ar"])
def test_hours_are_read_from_left_to_right_in_any_language(tiny: Network, code: str) -> None:
    page = pypdfium2.PdfDocument(write_leaflet(leaflet_of(tiny, "altwiek-markt", code)))[0].get_textpage()
    hours = tiny.district.rulebook.rules_on(TODAY).service_hours["weekday"]
    begins, ends = (boxes(page, f"{seconds // 3600:02d}:00") for seconds in (hours.from_s, hours.to_s))
    beside = [(one, other) for one, height in begins for other, level in ends if abs(height - level) <= 1]
    assert beside
    assert all(one < other for one, other in beside)


def test_a_name_of_a_file_has_nothing_in_it_that_some_computer_refuses(tiny: Network) -> None:
    stop = replace(tiny.district.stops[0], id=StopId("de:13076:1004/ä"))
    assert file_name(stop) == "de_13076_1004__.pdf"


def test_a_drawing_that_does_not_exist_is_no_picture() -> None:
    assert drawing("order").startswith(b"<svg")
    with pytest.raises(KeyError):
        drawing("nothing")


@pytest.fixture
def client(tiny: Network, database: Database) -> Iterator[TestClient]:
    operation = operation_of(tiny, database, FakeClock("2026-03-02 06:00"))
    with TestClient(create_app(operation)) as opened:
        yield opened


def test_a_stop_is_found_by_parts_of_its_name_and_its_leaflet_is_fetched(client: TestClient) -> None:
    found = client.post("/de/leaflets", data={"text": "altw markt"}).text
    assert 'href="/de/leaflets/altwiek-markt.pdf"' in found
    assert "cramnitz" not in found.casefold().split("<main")[1].split("</main")[0]
    fetched = client.get("/ar/leaflets/altwiek-markt.pdf")
    assert fetched.headers["content-type"] == "application/pdf"
    assert read(fetched.content)[0] == 1
    assert client.get("/de/leaflets/nowhere.pdf").status_code == 404
    assert "nicht gefunden" in client.post("/de/leaflets", data={"text": "xyz"}).text
    assert "nicht gefunden" not in client.get("/de/leaflets").text
