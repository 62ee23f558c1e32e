"""The dispatcher's day and run, and cancelling for a caller."""

import re
from html.parser import HTMLParser

import pytest

from booking.model import BookingState
from tests.web.staff_fakes import CODE, StaffOperation, at, staff_client

DAY = "/staff/day/2026-12-01"
RUN = f"{DAY}/run/früh"
CANCEL = {"code": CODE, "on": "2026-12-01", "shift_id": "früh"}


class Links(HTMLParser):
    """Links with their spoken names, and ids, of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.named: dict[str, str] = {}
        self.ids: set[str] = set()
        self.roles: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a" and given.get("aria-label"):
            self.named[str(given["aria-label"])] = str(given["href"])
        if given.get("id"):
            self.ids.add(str(given["id"]))
        if given.get("role"):
            self.roles.append(str(given["role"]))


def page(path: str, operation: StaffOperation | None = None) -> str:
    with staff_client(operation or StaffOperation()) as client:
        answer = client.get(path)
        assert answer.status_code == 200
        return answer.text


def test_without_a_date_it_is_today() -> None:
    with staff_client(StaffOperation()) as client:
        assert client.get("/staff/day").headers["location"] == DAY
        assert client.get("/staff/day?on=2026-12-24").headers["location"] == "/staff/day/2026-12-24"


def test_the_day_begins_with_its_counts() -> None:
    counted = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page(DAY))
    assert counted == [("Buchungen", "4"), ("Fahrgäste", "8"), ("Fahrzeuge im Dienst", "3"), ("Ablehnungen", "7")]


def test_refusals_are_told_with_their_reason_most_frequent_first() -> None:
    text = page(DAY)
    late = text.index("5-mal: Für diese Zeit ist es zu spät zum Bestellen.")
    assert late < text.index("2-mal: Zu dieser Zeit ist kein Fahrzeug frei.")


def test_every_stretch_of_the_timeline_is_a_link_with_a_spoken_name() -> None:
    links = Links(page(DAY))
    assert links.named == {
        "Rufbus 1, Fahrt 1, 07:00 bis 07:35 Uhr, von Neudrossen, Markt nach Hinterburg, Bahnhof, 3 Fahrgäste, 3 Halte,"
        " Anschluss RE 8 07:40": f"{DAY}/run/fr%C3%BCh#visit-1",
        "Rufbus 1, Fahrt 2, 09:05 bis 09:21 Uhr, von Hinterburg, Bahnhof nach Neudrossen, Markt, 1 Fahrgast, 2 Halte,"
        " Anschluss RE 8 09:00": f"{DAY}/run/fr%C3%BCh#visit-4",
        "Rufbus 2, Fahrt 1, 12:30 bis 12:46 Uhr, von Altdrossen, Kirche nach Hinterburg, Bahnhof, 4 Fahrgäste, 2 Halte":
        f"{DAY}/run/sp%C3%A4t#visit-2",
    }  # fmt: skip
    assert links.roles.count("list") == 1 + 2  # of the runs; of the stretches of each run that has some
    assert links.roles.count("listitem") == 3 + 3


def test_a_stretch_leads_to_its_first_visit_on_the_page_of_the_run() -> None:
    assert {"visit-1", "visit-4"} <= Links(page(RUN)).ids


def test_no_page_holds_style_or_script_of_its_own() -> None:
    for path in (DAY, f"{DAY}?view=list", f"{DAY}?view=map", RUN):
        text = page(path)
        assert not re.search(r"\sstyle=|<style|\son\w+=|<script(?![^>]*\ssrc=)", text)


def test_now_is_marked_while_vehicles_are_due_only() -> None:
    assert "Jetzt, 09:00 Uhr" in page(DAY)
    assert "Jetzt," not in page(DAY, StaffOperation(now=at(22)))


def test_the_list_has_a_table_for_each_run_with_riders() -> None:
    text = page(f"{DAY}?view=list")
    assert text.count("<table") == 2
    assert "Taxi Öztürk" in text
    assert "Pause bis 12:00 Uhr" in text
    assert "+49 170" not in text  # phone numbers stand on the page of the run


def test_the_map_has_a_key_and_a_sentence_for_whoever_cannot_see_it() -> None:
    text = page(f"{DAY}?view=map")
    assert f'data-runs="{DAY}/runs.geojson"' in text
    assert "Dasselbe steht in der Liste." in text
    assert all(f'class="run-line-{number}"' in text for number in range(2))


def test_a_day_without_shifts_says_so_in_every_view() -> None:
    for view in ("timeline", "list", "map"):
        assert "keine Schicht eingeteilt" in page(f"/staff/day/2026-12-24?view={view}")


def test_the_way_to_other_days_keeps_the_view() -> None:
    text = page(f"{DAY}?view=list")
    assert "/staff/day/2026-11-30?view=list&amp;scale=day&amp;runs=all" in text
    assert "/staff/day/2026-12-02?view=list&amp;scale=day&amp;runs=all" in text


@pytest.mark.parametrize("view", ["timeline", "list"])
def test_runs_without_riders_can_be_left_out(view: str) -> None:
    everything, ridden = page(f"{DAY}?view={view}"), page(f"{DAY}?view={view}&runs=ridden")
    assert "Taxi Öztürk" in everything
    assert "Taxi Öztürk" not in ridden
    assert "Rufbus 2" in ridden
    for text in (everything, ridden):
        assert re.search(r"alle \(3\)</a>.*mit Fahrgästen \(2\)</a>", text, re.DOTALL)
        assert "<dt>Fahrzeuge im Dienst</dt><dd>3</dd>" in text


def test_the_run_tells_who_boards_with_what_and_what_was_promised() -> None:
    text = page(RUN)
    for expected in (
        "6 Sitze oder 4 Sitze + 1 Rollstuhl",
        "Erika Beispiel-2",
        "2 Personen, 1 Rollstuhl",
        "zugesagt 07:05\N{EN DASH}07:25",
        'href="tel:+491700000002"',
        "AB3D-7KP2",
    ):
        assert expected in text


def test_an_unknown_run_or_day_is_a_page_not_a_fault() -> None:
    with staff_client(StaffOperation()) as client:
        assert client.get(f"{DAY}/run/nichts").status_code == 404
        assert client.get("/staff/day/heute").status_code == 422


def test_cancelling_asks_first() -> None:
    operation = StaffOperation()
    with staff_client(operation) as client:
        asked = client.post("/staff/cancel", data=CANCEL)
        assert asked.status_code == 200
        assert "Diese Buchung stornieren?" in asked.text
        assert "Erika Beispiel-1" in asked.text
        assert operation.bookings[CODE].state is BookingState.CONFIRMED


def test_cancelling_leads_back_to_the_run_and_is_kept_with_the_name_of_who_did_it() -> None:
    operation = StaffOperation()
    with staff_client(operation) as client:
        done = client.post("/staff/cancel/confirmed", data=CANCEL)
        assert (done.status_code, done.headers["location"]) == (303, f"{DAY}/run/fr%C3%BCh?cancelled=true")
        assert operation.bookings[CODE].state is BookingState.CANCELLED
        assert operation.actors == ["staff Leitstelle Eins"]
        assert "Die Buchung ist storniert" in client.get(done.headers["location"]).text
        assert client.post("/staff/cancel", data=CANCEL).status_code == 303  # a second time there is nothing to ask


def test_no_code_of_a_booking_stands_in_an_address() -> None:
    assert not re.search(r'(href|action)="[^"]*AB3D', page(RUN))


def test_too_late_to_cancel_is_said_with_what_to_do() -> None:
    with staff_client(StaffOperation(is_too_late=True)) as client:
        answer = client.post("/staff/cancel/confirmed", data=CANCEL)
        assert answer.status_code == 409
        assert "Das Fahrzeug ist schon unterwegs. Bitte rufen Sie die Fahrerin oder den Fahrer an." in answer.text


@pytest.mark.parametrize("scale", ["day", "half", "hours"])
def test_the_timeline_comes_in_three_scales(scale: str) -> None:
    width = {"day": 840, "half": 1680, "hours": 3360}[scale]
    assert f'width="{width + 48}.0"' in page(f"{DAY}?scale={scale}")
