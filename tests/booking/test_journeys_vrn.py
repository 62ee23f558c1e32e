"""``rufnetz gtfs journey`` on a real feed, held against its tables.

The expected journeys were worked out from stop_times.txt, calendar_dates.txt and stops.txt alone, by a script that
rides every trip from every departure and shares no line with this project (walks: 1.3 times the straight line at 1.2
m/s, within 200 m or a station; two minutes to change), and then looked up in the tables one by one.
"""

import json
import zipfile
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from typer.testing import CliRunner

from booking import journey_cli
from booking.commands import gtfs_app
from gtfs.feed import read_feed
from gtfs.timetable import Timetable, build_timetable

BERLIN = ZoneInfo("Europe/Berlin")
HALF_A_DAY = timedelta(hours=12)
VRN = Path(__file__).parents[2].parent / "shared" / "data" / "heidelberg_vrn" / "vrn_gtfs_cut.zip"

pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not VRN.exists(), reason="the real feeds are not beside the project (../shared/data)"),
]


@cache
def timetable() -> Timetable:
    return build_timetable([read_feed(VRN)])


@cache
def table(name: str) -> pl.DataFrame:
    """A text file of the feed as it stands there."""
    with zipfile.ZipFile(VRN) as archive:
        return pl.read_csv(BytesIO(archive.read(name)), infer_schema_length=0)


def ask(monkeypatch: pytest.MonkeyPatch, *options: str) -> list[str]:
    """The journeys, each as its first departure, its lines, its last arrival; every ride is in the tables."""
    monkeypatch.setattr(journey_cli, "open_timetable", lambda _paths, _today: timetable())
    result = CliRunner().invoke(gtfs_app, ["journey", "--feed", str(VRN), *options, "--json"])
    assert result.exit_code == 0, result.output
    found = []
    for itinerary in json.loads(result.stdout)["itineraries"]:
        rides = [leg for leg in itinerary["legs"] if leg["kind"] == "line"]
        for ride in rides:
            check(ride)
        lines = ", ".join(ride["route_name"] for ride in rides)
        found.append(f"{rides[0]['departure'][11:16]} {lines} {rides[-1]['arrival'][11:16]}")
    return found


def check(ride: dict[str, Any]) -> None:
    """That the trip of a ride runs on its day and calls at both stops at these times."""
    service = table("trips.txt").filter(pl.col("trip_id") == ride["trip_id"])["service_id"].item()
    dates = table("calendar_dates.txt").filter(pl.col("service_id") == service)["date"].to_list()
    assert ride["trip_on"].replace("-", "") in dates
    calls = table("stop_times.txt").filter(pl.col("trip_id") == ride["trip_id"])
    midnight = datetime.fromisoformat(f"{ride['trip_on']}T12:00").replace(tzinfo=BERLIN).astimezone(UTC) - HALF_A_DAY
    for end, stop in (("departure", "from"), ("arrival", "to")):
        seconds = int((datetime.fromisoformat(ride[end]) - midnight).total_seconds())
        time = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        at_stop = calls.filter((pl.col("stop_id") == ride[stop]["stop_id"]) & (pl.col(f"{end}_time") == time))
        assert at_stop.height == 1, f"{ride['trip_id']} has no {end} at {time}"


BISMARCKPLATZ = "Heidelberg, Bismarckplatz"

PAIRS = {
    "one change is quicker than none": (
        (BISMARCKPLATZ, "Weinheim, Stahlbad", "--depart", "2022-09-14T08:00", "--range", "20"),
        [
            "08:00 RNV 5 09:32",
            "08:05 RNV 5, RNV 5 09:01",
            "08:15 RNV 5, RNV 5 09:21",
            "08:20 RNV 5 09:52",
        ],
    ),
    "a change between two lines at one platform": (
        ("Rohrbach, Markt", "Schriesheim, Bahnhof", "--depart", "2022-09-14T12:00", "--range", "15"),
        ["12:09 RNV 24, RNV 5 12:44"],
    ),
    "a change from the bus to the tram across a station": (
        ("Schatthausen, Kirche", "Schriesheim, Bahnhof", "--depart", "2022-09-14T16:55", "--range", "10"),
        ["16:59 757, RNV 5 18:23"],
    ),
    "two changes": (
        ("Schlierbach (HD), HITS", "Viernheim, Bahnhof", "--depart", "2022-09-14T09:40", "--range", "30"),
        ["09:44 RNV 30, RNV 20, RNV 5 11:43"],
    ),
    "over midnight, with a change after it": (
        ("Rohrbach, Markt", "Weinheim, Alter OEG-Bahnhof", "--depart", "2022-09-14T23:20", "--range", "40"),
        ["23:22 RNV 24, RNV 5 00:15", "23:52 RNV 24, RNV 5 01:15"],
    ),
    "after midnight, with yesterday's last trip and today's first": (
        (BISMARCKPLATZ, "Weinheim, Alter OEG-Bahnhof", "--depart", "2022-09-15T00:05", "--range", "275"),
        ["00:38 RNV 5 01:15", "04:36 RNV 5 05:15"],
    ),
    "arriving by a time": (
        ("Leimen, Kurpfalz-Centrum", BISMARCKPLATZ, "--arrive", "2022-09-14T07:45", "--range", "5"),
        ["07:13 RNV 24, RNV 5 07:44"],
    ),
    "from a place on the map, by the stop in reach that is left last": (
        ("8.6735,49.4185", "Rohrbach, Markt", "--depart", "2022-09-14T13:00", "--range", "5", "--max-walk", "600"),
        ["13:06 RNV 24 13:26"],
    ),
    "a Sunday": (
        (BISMARCKPLATZ, "Weinheim, Alter OEG-Bahnhof", "--depart", "2022-09-18T10:00", "--range", "20"),
        ["10:08 RNV 5 10:45"],
    ),
    "the day clocks go back": (
        ("Rohrbach, Markt", "Neuenheim, Jahnstraße", "--depart", "2022-10-30T09:40", "--range", "20"),
        ["09:52 RNV 24 10:07"],
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_journeys_are_those_of_the_tables(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (origin, destination, *when), expected = PAIRS[name]
    assert ask(monkeypatch, "--from", origin, "--to", destination, *when) == expected


def test_a_change_without_a_minute_is_refused_unless_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    # RNV 5 comes to Brückenstraße at 14:57, RNV 39A leaves the same platform at 14:57.
    question = ("--from", BISMARCKPLATZ, "--to", "Neuenheim, Technologiepark", "--depart", "2022-09-14T14:54")
    assert ask(monkeypatch, *question, "--range", "1") == [
        "14:54 RNV 39A 15:02",
        "14:55 RNV 5, RNV 24 15:16",
    ]
    assert ask(monkeypatch, *question, "--range", "1", "--min-change", "0") == [
        "14:54 RNV 39A 15:02",
        "14:55 RNV 5, RNV 39A 15:02",
    ]
