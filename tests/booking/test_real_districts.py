"""The same ride on real roads and a real timetable: Heidelberg with its village bus, Bayreuth's north without lines."""

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from booking.artefacts import build_artefacts, open_artefacts
from booking.database import Database
from booking.district_files import read_district
from booking.enquiry_search import Network
from booking.operation import Operation
from booking.settings import Settings
from gtfs.feed import read_feed
from routing.violations import violations
from tests.bayreuth import write_bayreuth_district
from tests.heidelberg import TRAM_HUB, write_heidelberg_district
from tests.real_district import shared_file
from tests.tiny_network import SECRET
from web.app import create_app
from web.cli import app as command_line

pytestmark = pytest.mark.shared_data

ZONE = timedelta(hours=2)
NOW = datetime(2022, 7, 11, 12, 0, tzinfo=UTC)
WISHED_AT = "2022-07-12T21:05:00+02:00"
"""A Tuesday evening: the village bus has stopped running by then, the trams have not."""
GAIBERG = "de:08226:917:0:1"
MAIN_STATION = "de:08221:1160_Parent"


def build(folder: Path, district_folder: Path) -> Network:
    district = read_district(district_folder)
    build_artefacts(district, folder / "artefacts" / district.id, progress=lambda _: None)
    return Network(district, open_artefacts(district, folder / "artefacts" / district.id))


@pytest.fixture(scope="module")
def heidelberg(tmp_path_factory: pytest.TempPathFactory) -> Network:
    folder = tmp_path_factory.mktemp("heidelberg")
    return build(folder, write_heidelberg_district(folder / "district"))


@pytest.fixture(scope="module")
def bayreuth(tmp_path_factory: pytest.TempPathFactory) -> Network:
    folder = tmp_path_factory.mktemp("bayreuth")
    return build(folder, write_bayreuth_district(folder / "district"))


def operation_at(network: Network, database: Database, now: datetime) -> Operation:
    settings = Settings(
        state_folder=network.artefacts.folder.parents[1],
        secret=SECRET,  # type: ignore[arg-type]  # pydantic takes text
        database_url=database.url.render_as_string(hide_password=False),
    )
    operation = Operation(network.district, network.artefacts, database, settings, lambda: now)
    operation.save_places()
    return operation


@pytest.fixture
def operation(heidelberg: Network, database: Database) -> Operation:
    return operation_at(heidelberg, database, NOW)


@pytest.fixture
def client(operation: Operation) -> Iterator[TestClient]:
    with TestClient(create_app(operation), base_url="http://localhost/api/v1/") as opened:
        yield opened


def ask(client: TestClient) -> dict[str, dict[str, Any]]:
    """The best offer of each kind for a ride from the village to the main station."""
    answer = client.post(
        "offers",
        json={"origin": {"stop_id": GAIBERG}, "destination": {"stop_id": MAIN_STATION}, "depart_after": WISHED_AT},
    )
    assert answer.status_code == 200, answer.text
    offers: dict[str, dict[str, Any]] = {}
    for offer in answer.json()["offers"]:
        offers.setdefault(offer["kind"], offer)
    return offers


def seconds(text: str) -> int:
    local = datetime.fromisoformat(text).astimezone(UTC) + ZONE
    return local.hour * 3600 + local.minute * 60 + local.second


def test_from_a_village_bus_stop_to_the_main_station_there_is_a_ride_and_a_ride_with_a_tram(client: TestClient) -> None:
    offers = ask(client)
    (ride,) = offers["on_demand"]["legs"]
    assert (ride["pickup_stop"], ride["dropoff_stop"]) == (GAIBERG, MAIN_STATION)
    drive = datetime.fromisoformat(ride["arrival_at"]) - datetime.fromisoformat(ride["departure_at"])
    assert timedelta(minutes=10) < drive < timedelta(minutes=35), "some 9 km through the hills"
    modes = [leg["mode"] for leg in offers["combined"]["legs"] if leg["mode"] != "walk"]
    assert modes == ["on_demand", "line"]
    assert offers["combined"]["legs"][0]["dropoff_stop"] == TRAM_HUB


def test_the_times_of_the_line_are_the_feeds(client: TestClient) -> None:
    line = next(leg for leg in ask(client)["combined"]["legs"] if leg["mode"] == "line")
    path = shared_file("heidelberg_vrn", "vrn_gtfs_cut.zip")
    assert read_feed(path).findings == ()
    with zipfile.ZipFile(path) as archive:
        times = pl.read_csv(io.BytesIO(archive.read("stop_times.txt")), infer_schema=False)
        stops = pl.read_csv(io.BytesIO(archive.read("stops.txt")), infer_schema=False)
    calls = times.filter(pl.col("trip_id") == line["trip_id"]).join(stops, on="stop_id")

    def clock(column: str, stop: str) -> set[int]:
        texts = calls.filter(pl.col("stop_name") == stop)[column].to_list()
        return {sum(int(part) * unit for part, unit in zip(t.split(":"), (3600, 60, 1), strict=True)) for t in texts}

    assert seconds(line["departure_at"]) in clock("departure_time", line["origin"])
    assert seconds(line["arrival_at"]) in clock("arrival_time", line["destination"])


@pytest.mark.parametrize("kind", ["on_demand", "combined"])
def test_a_confirmed_offer_stands_in_a_run_and_the_manifest_prints_it(
    client: TestClient, operation: Operation, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked = client.post("bookings", json={"token": ask(client)[kind]["token"], "name": "Erika Beispiel"})
    assert booked.status_code == 201
    on = operation.service_day(datetime.fromisoformat(WISHED_AT).date())
    day = operation._load_day(on)
    assert len(day.plan.request_ids()) == 1
    assert violations(day.plan, day.problem(operation.artefacts.times, 0)) == ()
    monkeypatch.setenv("RUFNETZ_STATE_FOLDER", str(operation.settings.state_folder))
    monkeypatch.setenv("DATABASE_URL", str(operation.settings.database_url))
    monkeypatch.setenv("COLUMNS", "200")
    printed = CliRunner().invoke(command_line, ["manifest", str(operation.district.folder), "--on", "2022-07-12"])
    assert printed.exit_code == 0, printed.output
    assert "Erika Beispiel" in printed.output
    assert "Gaiberg, Panoramastraße" in printed.output
    assert printed.output.count("Erika Beispiel") == 2, "boarding and alighting"


def test_without_a_timetable_rides_are_given_all_the_same(bayreuth: Network, database: Database) -> None:
    operation = operation_at(bayreuth, database, NOW)
    stops = [stop for stop in bayreuth.district.stops if not stop.is_hub]
    hub = next(stop for stop in bayreuth.district.stops if stop.is_hub)
    with TestClient(create_app(operation), base_url="http://localhost/api/v1/") as client:
        answer = client.post(
            "offers",
            json={
                "origin": {"stop_id": stops[0].id},
                "destination": {"stop_id": hub.id},
                "depart_after": "2022-07-12T10:00:00+02:00",
            },
        )
        (offer,) = answer.json()["offers"]
        assert offer["kind"] == "on_demand"
        assert client.post("bookings", json={"token": offer["token"], "name": "Erika Beispiel"}).status_code == 201
