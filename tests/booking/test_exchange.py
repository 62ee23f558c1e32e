"""Tables out and in: stops, areas, shifts, bookings as CSV and GeoJSON."""

import csv
import io
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from booking.database import Database
from booking.district_problems import DistrictError
from booking.enquiry_search import Network
from booking.exchange_csv import read_csv, write_csv
from booking.exchange_district import Form, Table, export_table, read_incoming, write_incoming
from booking.operation import Operation
from tests.booking.kinds import book, offer_at
from tests.tiny_network import FakeClock, local, operation_of

ON = "2026-03-03"
CSV = {"Content-Type": "text/csv"}
ANY = {"If-Match": "*"}
Key = Callable[..., dict[str, str]]


@pytest.fixture
def folder(tiny: Network, tmp_path: Path) -> Path:
    """A copy of the district's folder that may be changed."""
    return Path(shutil.copytree(tiny.district.folder, tmp_path / "district"))


@pytest.fixture
def operation(tiny: Network, database: Database, clock: FakeClock, folder: Path) -> Operation:
    network = replace(tiny, district=replace(tiny.district, folder=folder))
    return operation_of(network, database, clock)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("table", list(Table))
@pytest.mark.parametrize("form", list(Form))
def test_what_goes_out_comes_in_again_and_changes_nothing(folder: Path, table: Table, form: Form) -> None:
    came = read_incoming(folder, table, form, export_table(folder, table, form))
    assert (came.difference.added, came.difference.removed, dict(came.difference.changed)) == ((), (), {})


def test_a_changed_table_tells_what_changes_and_is_written_whole(folder: Path) -> None:
    text = export_table(folder, Table.STOPS, Form.CSV)
    text = text.replace("eldehof-siedlung", "eldehof-neu").replace('"Dößin, Siedlung"', '"Dößin, Am Hang"')
    came = read_incoming(folder, Table.STOPS, Form.CSV, text)
    assert came.difference.added == ("eldehof-neu",)
    assert came.difference.removed == ("eldehof-siedlung",)
    assert dict(came.difference.changed) == {"doessin-siedlung": ("name",)}
    write_incoming(folder, came)
    assert export_table(folder, Table.STOPS, Form.CSV) == text
    assert not list(folder.glob(".stops*")), "no draft is left"


def test_a_mistake_is_told_with_file_line_and_remedy_and_nothing_is_written(folder: Path) -> None:
    before = (folder / "shifts.csv").read_bytes()
    text = export_table(folder, Table.SHIFTS, Form.CSV).replace("bus-2", "bus-9")
    with pytest.raises(DistrictError) as wrong:
        read_incoming(folder, Table.SHIFTS, Form.CSV, text)
    (problem,) = wrong.value.problems
    assert (problem.file, problem.line) == ("shifts.csv", 4)
    assert "bus-9" in problem.message
    assert problem.remedy
    assert (folder / "shifts.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("table", "form", "text"),
    [
        (Table.STOPS, Form.CSV, 'stop_id,"na'),
        (Table.STOPS, Form.CSV, ""),
        (Table.STOPS, Form.GEOJSON, "{}"),
        (Table.AREAS, Form.GEOJSON, "[]"),
        (Table.AREAS, Form.GEOJSON, "nothing"),
        (Table.AREAS, Form.CSV, "id,name,wkt\na,b,POLYGON((0 0))"),
        (Table.SHIFTS, Form.GEOJSON, '{"features": [{"properties": null}]}'),
    ],
)
def test_what_is_no_table_is_told_so(folder: Path, table: Table, form: Form, text: str) -> None:
    with pytest.raises(DistrictError):
        read_incoming(folder, table, form, text)


def test_no_cell_is_a_formula_and_every_text_comes_back() -> None:
    cells = ["=1+1", "+49 385 1", "-x", "@a", "'=b", "-12.5", "a,b", 'c"d', "e\nf", "", "ü", "\tz"]
    text = write_csv(["a"], [{"a": cell} for cell in cells if cell])
    assert text.startswith("a\r\n'=1+1\r\n'+49 385 1\r\n'-x\r\n'@a\r\n")
    assert "\r\n-12.5\r\n" in text, "numbers stay numbers"
    back = [row["a"] for _, row in read_csv(text)[1]]
    assert back == [cell if cell != "'=b" else "=b" for cell in cells if cell]


def test_tables_are_read_by_feeds_and_written_by_administrators(api: TestClient, key: Key, folder: Path) -> None:
    admin = key()
    got = api.get("/tables/stops", headers=admin | {"Accept": "text/csv"})
    assert got.headers["content-type"] == "text/csv; charset=utf-8"
    assert len(rows(got.text)) == 12
    geo = api.get("/tables/stops?format=geojson", headers=admin)
    assert geo.headers["content-type"].startswith("application/geo+json")
    assert geo.json()["features"][0]["geometry"]["type"] == "Point"
    assert api.get("/tables/stops", headers=admin | {"Accept": "image/png"}).status_code == 406
    assert api.get("/tables/stops").status_code == 401

    text = got.text.replace("Eldehof, Siedlung", "Eldehof, Am See")
    path, seen = "/tables/stops/import", {"If-Match": got.headers["ETag"]}
    assert api.post(path, content=text, headers=admin | CSV).status_code == 428
    tried = api.post(path, content=text, headers=admin | CSV | seen)
    assert tried.json()["changed"] == {"eldehof-siedlung": ["name"]}
    assert tried.json()["applied"] is False
    assert "Am See" not in (folder / "stops.csv").read_text("utf-8")
    assert api.post(f"{path}?apply=true", content=text, headers=admin | CSV | seen).json()["applied"] is True
    assert "Am See" in (folder / "stops.csv").read_text("utf-8")
    assert api.post(f"{path}?apply=true", content=text, headers=admin | CSV | seen).status_code == 412
    wrong = api.post(path, content=text.replace("yes", "si"), headers=admin | CSV | ANY)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "import_invalid")
    assert {"file", "line", "message", "remedy"} == set(wrong.json()["problems"][0])
    assert api.post(path, content=text, headers=admin | ANY | {"Content-Type": "a/b"}).status_code == 415


def test_what_booked_rides_need_cannot_be_left_out(api: TestClient, key: Key, operation: Operation) -> None:
    book(operation, offer_at(operation))
    text = api.get("/tables/stops", headers=key()).text
    kept = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("brueelow-markt"))
    refused = api.post("/tables/stops/import", content=kept, headers=key() | CSV | ANY)
    assert "brueelow-markt" in refused.json()["problems"][0]["message"]


def test_a_days_bookings_go_out_with_names_as_a_table_and_without_as_a_map(
    api: TestClient, key: Key, operation: Operation
) -> None:
    booked = book(operation, offer_at(operation))
    admin, path = key(), f"/days/{ON}/bookings"
    (one,) = api.get(path, headers=admin).json()
    assert (one["booking"]["code"], one["name"]) == (booked.code, booked.contact.name)
    (row,) = rows(api.get(f"{path}?format=csv", headers=admin).text)
    assert (row["code"], row["name"], row["pickup_stop"]) == (booked.code, booked.contact.name, "brueelow-markt")
    drawn = api.get(f"{path}?format=geojson", headers=admin)
    assert len(drawn.json()["features"][0]["geometry"]["coordinates"]) == 2
    assert booked.contact.name not in drawn.text
    assert api.get(path).status_code == 401


def orders(*lines: str) -> str:
    header = "ref,from_stop,to_stop,depart_after,name,phone,persons"
    return "\n".join([header, *lines]) + "\n"


ERIKA = "1,brueelow-markt,cramnitz-markt,2026-03-03 10:00,Erika Beispiel,'+49 152 28817386,2"
LATE = "2,brueelow-markt,cramnitz-markt,2026-03-03 02:00,Otto Beispiel,,1"


def test_a_desks_list_is_tried_first_then_booked_row_by_row(api: TestClient, key: Key, operation: Operation) -> None:
    admin, path = key() | CSV, "/bookings/import"
    tried = api.post(path, content=orders(ERIKA, LATE), headers=admin).json()
    assert [(o["line"], o["ref"], o["outcome"]) for o in tried["orders"]] == [
        (2, "1", "would_be_booked"),
        (3, "2", "refused"),
    ]
    assert tried["orders"][1]["reason"]
    assert operation.exchange.codes(local("10:00").date()) == []
    done = api.post(f"{path}?apply=true", content=orders(ERIKA, LATE), headers=admin).json()
    assert done["counts"]["booked"] == 1
    booking = operation.get_booking(done["orders"][0]["code"])
    assert (booking.contact.name, booking.contact.phone) == ("Erika Beispiel", "+49 152 28817386")
    again = api.post(f"{path}?apply=true", content=orders(ERIKA), headers=admin).json()
    assert again["orders"][0]["outcome"] == "duplicate", "the same list twice books nobody twice"


def test_a_list_with_a_mistake_books_nothing(api: TestClient, key: Key, operation: Operation) -> None:
    wrong = "3,nowhere,cramnitz-markt,tomorrow,,,1"
    answer = api.post("/bookings/import?apply=true", content=orders(ERIKA, wrong), headers=key() | CSV)
    assert answer.status_code == 422
    assert [(p["line"], p["message"][:20]) for p in answer.json()["problems"]] == [
        (3, '"from_stop" is no sto'[:20]),
        (3, "the name is missing,"),
        (3, "the time is missing "),
    ]
    assert operation.exchange.codes(local("10:00").date()) == []


def test_a_list_may_come_as_geojson(api: TestClient, key: Key) -> None:
    properties: dict[str, Any] = {
        "from_stop": "brueelow-markt", "to_stop": "cramnitz-markt", "arrive_by": "2026-03-03T11:00:00+01:00",
        "name": "Erika Beispiel", "persons": 1,
    }  # fmt: skip
    sent = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": properties, "geometry": None}]}
    header = key() | {"Content-Type": "application/geo+json"}
    answer = api.post("/bookings/import", content=json.dumps(sent), headers=header)
    assert answer.json()["counts"]["would_be_booked"] == 1
