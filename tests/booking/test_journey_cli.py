"""``rufnetz gtfs journey|departures|isochrone`` in a made-up town: what it prints, and what it says to mistakes.

One degree of latitude is 111.2 km, so stops 0.1 degrees apart are 11.1 km apart; on foot nobody gets between them.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from google.transit import gtfs_realtime_pb2 as pb
from typer.testing import CliRunner, Result

from booking import journey_cli
from booking.commands import gtfs_app
from gtfs.feed import read_feed
from gtfs.timetable import build_timetable, write_timetable
from tests.tiny_district import write_tiny_district

FILES = {
    "agency.txt": """agency_id,agency_name,agency_url,agency_timezone
        v,Verkehrsbetrieb,https://example.org,Europe/Berlin""",
    "calendar.txt": """service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date
        daily,1,1,1,1,1,1,1,20260301,20260331""",
    "stops.txt": """stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station
        A,Altstadt Bahnhof,53.0,11.0,1,
        A1,Altstadt Bahnhof Gleis 1,53.0,11.0,0,A
        A2,Altstadt Bahnhof Gleis 2,53.0,11.0005,0,A
        M1,"Mitte, Markt",53.1,11.0,0,
        M2,"Mitte, Markt",53.1001,11.0,0,
        S,"Süden, Markt",53.2,11.0,0,
        L,Lenzen,53.0,12.0,0,""",
    "routes.txt": """route_id,route_short_name,route_type
        r1,RE 1,2
        b7,7,3""",
    "trips.txt": """route_id,service_id,trip_id,trip_headsign
        r1,daily,t8,Mitte
        r1,daily,t9,Mitte
        b7,daily,b8,Süden
        b7,daily,b24,Süden""",
    "stop_times.txt": """trip_id,stop_sequence,stop_id,arrival_time,departure_time
        t8,1,A1,08:00:00,08:00:00
        t8,2,M1,08:10:00,08:10:00
        t9,1,A1,23:40:00,23:40:00
        t9,2,M1,23:50:00,23:50:00
        b8,1,M2,08:20:00,08:20:00
        b8,2,S,08:35:00,08:35:00
        b24,1,M2,24:20:00,24:20:00
        b24,2,S,24:35:00,24:35:00""",
}


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(journey_cli.console, "_width", 300)
    monkeypatch.setattr(journey_cli.errors, "_width", 300)
    monkeypatch.setattr(journey_cli, "now", lambda: datetime(2026, 3, 10, 6, 30, tzinfo=UTC))
    monkeypatch.setenv("RUFNETZ_STATE_FOLDER", str(tmp_path / "state"))


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    folder = tmp_path / "feed"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text("\n".join(line.strip() for line in text.splitlines()) + "\n", encoding="utf-8")
    return folder


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(gtfs_app, [str(argument) for argument in arguments])


def ask(feed: Path, *options: str) -> Result:
    return run("journey", "--feed", feed, *options)


def test_help_teaches() -> None:
    result = run("--help")
    assert result.exit_code == 0
    for command in ("journey", "departures", "isochrone"):
        assert command in result.output
        assert "For example: rufnetz gtfs" in run(command, "--help").output


def test_a_journey_is_told_leg_by_leg(feed: Path) -> None:
    result = ask(feed, "--from", "Altstadt Bahnhof", "--to", "Süden, Markt", "--depart", "2026-03-11T07:45")
    assert result.exit_code == 0, result.output
    # 11 m from stop to stop are 14.5 m on foot: 13 s.
    assert result.output.splitlines() == [
        "Altstadt Bahnhof → Süden, Markt",
        "Wednesday 2026-03-11, departing from 07:45 on",
        "",
        " 1) 08:00 to 08:35, 35 min, 1 change",
        "      08:00 Altstadt Bahnhof Gleis 1 → 08:10 Mitte, Markt  [RE 1 to Mitte]",
        "      08:10 Mitte, Markt → 08:10:13 Mitte, Markt  [on foot, 1 min]",
        "      08:20 Mitte, Markt → 08:35 Süden, Markt  [7 to Süden]",
    ]


def test_json_has_times_with_their_offset_and_seconds(feed: Path) -> None:
    result = ask(feed, "--from", "A", "--to", "S", "--depart", "2026-03-11T07:45", "--json")
    value: dict[str, Any] = json.loads(result.output)
    assert value["service_day"] == "2026-03-11"
    assert value["depart_after"] == "2026-03-11T07:45:00+01:00"
    (itinerary,) = value["itineraries"]
    assert (itinerary["departure"], itinerary["departure_s"]) == ("2026-03-11T08:00:00+01:00", 8 * 3600)
    assert (itinerary["duration_s"], itinerary["vehicles"]) == (35 * 60, 2)
    line = itinerary["legs"][1]
    assert (line["route_name"], line["trip_id"], line["trip_on"]) == ("RE 1", "t8", "2026-03-11")
    assert line["to"] == {"stop_id": "M1", "name": "Mitte, Markt", "lon": 11.0, "lat": 53.1}


def test_over_midnight_yesterdays_trips_go_on(feed: Path) -> None:
    result = ask(feed, "--from", "A", "--to", "S", "--arrive", "2026-03-12T00:40", "--json")
    (itinerary,) = json.loads(result.output)["itineraries"]
    assert itinerary["departure"] == "2026-03-11T23:40:00+01:00"
    assert itinerary["arrival"] == "2026-03-12T00:35:00+01:00"
    assert [leg["trip_on"] for leg in itinerary["legs"] if leg["kind"] == "line"] == ["2026-03-11", "2026-03-11"]


def test_a_night_between_two_service_days_is_waited_out(feed: Path) -> None:
    # In the evening of the 11th one gets to Mitte only; the first bus on from there is that of the 12th.
    (feed / "stop_times.txt").write_text(
        (feed / "stop_times.txt").read_text(encoding="utf-8").replace("24:20:00", "05:20:00").replace("24:35", "05:35"),
        encoding="utf-8",
    )
    result = ask(feed, "--from", "A", "--to", "S", "--depart", "2026-03-11T23:30", "--json")
    (itinerary,) = json.loads(result.output)["itineraries"]
    assert itinerary["arrival"] == "2026-03-12T05:35:00+01:00"
    assert [leg["trip_on"] for leg in itinerary["legs"] if leg["kind"] == "line"] == ["2026-03-11", "2026-03-12"]


def test_where_nothing_goes_in_the_range_the_next_journey_is_shown(feed: Path) -> None:
    result = ask(feed, "--from", "A", "--to", "M1", "--depart", "2026-03-11T08:30")
    assert result.exit_code == 0
    assert "None within 1 h 00 min; the next one is:" in result.output
    assert "23:40 to 23:50" in result.output


def test_today_is_meant_where_no_date_is_given(feed: Path) -> None:
    assert "2026-03-10, departing from 07:30 on" in ask(feed, "--from", "A", "--to", "S").output
    assert "2026-03-10, arriving until 09:00" in ask(feed, "--from", "A", "--to", "S", "--arrive", "09:00").output


def test_from_a_place_on_the_map_one_walks_to_a_stop(feed: Path) -> None:
    # 0.005 degrees of latitude are 556 m, on foot 723 m: 603 s.
    result = ask(feed, "--from", "11.0,52.995", "--to", "M1", "--depart", "2026-03-11T07:00", "--json")
    (itinerary,) = json.loads(result.output)["itineraries"]
    assert itinerary["departure_s"] == 8 * 3600 - 603
    assert itinerary["legs"][0]["distance_m"] == 723


def test_far_from_every_stop_the_nearest_one_is_named(feed: Path) -> None:
    result = ask(feed, "--from", "11.0,52.95", "--to", "M1", "--depart", "2026-03-11T07:00")
    assert result.exit_code == 1
    assert (
        "No stop lies within 1000 m on foot of 11,52.95. The nearest is Altstadt Bahnhof (A), 7.2 km." in result.output
    )
    assert "--max-walk" in result.output


@pytest.mark.parametrize(
    ("name", "found"),
    [("A", "Altstadt Bahnhof"), ("altstadt", "Altstadt Bahnhof"), ("sueden markt", "Süden, Markt"), ("M2", "Mitte")],
)
def test_a_stop_is_meant_by_its_id_its_name_or_a_part_of_it(feed: Path, name: str, found: str) -> None:
    result = run("departures", name, "--feed", feed, "--when", "2026-03-11T08:00", "--range", "600")
    assert result.output.startswith(found)


def test_an_ambiguous_name_lists_what_it_may_be(feed: Path) -> None:
    result = ask(feed, "--from", "Markt", "--to", "A", "--depart", "2026-03-11T07:00")
    assert result.exit_code == 1
    assert '"Markt" may be 2 places; write the id of one of them: Mitte, Markt (M1); Süden, Markt (S).' in result.output


def test_an_unknown_name_lists_the_nearest(feed: Path) -> None:
    result = ask(feed, "--from", "Lentzen", "--to", "A", "--depart", "2026-03-11T07:00")
    assert result.exit_code == 1
    assert 'No stop is called "Lentzen". Near it are: Lenzen. Or write lon,lat.' in result.output


def test_a_day_outside_the_calendar_is_told_with_its_ends(feed: Path) -> None:
    result = ask(feed, "--from", "A", "--to", "S", "--depart", "2026-04-01T07:00")
    assert result.exit_code == 1
    assert "The timetable holds from 2026-03-01 to 2026-03-31; 2026-04-01 is outside it." in result.output


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--from", "A", "--to", "S", "--depart", "8 o'clock"), "is no point in time: write 2026-03-11T08:00"),
        (("--from", "A", "--to", "S", "--depart", "08:00", "--arrive", "09:00"), "either --depart or --arrive"),
        (("--from", "A", "--to", "A1", "--depart", "08:00"), "are one place"),
        (("--from", "A", "--to", "L", "--depart", "08:00"), "There is no journey within 24 hours"),
        (("--from", "200,53", "--to", "L", "--depart", "08:00"), "is no place on earth"),
    ],
)
def test_mistakes_are_told_with_their_remedy(feed: Path, options: tuple[str, ...], told: str) -> None:
    result = ask(feed, *options)
    assert result.exit_code == 1
    assert told in result.output


def test_a_feed_that_is_none_is_told(tmp_path: Path) -> None:
    result = ask(tmp_path / "none.zip", "--from", "A", "--to", "B")
    assert result.exit_code == 1
    assert "none.zip" in result.output


def test_the_departure_board_leaves_out_last_calls(feed: Path) -> None:
    result = run("departures", "Mitte, Markt", "--feed", feed, "--when", "2026-03-11T08:00")
    assert result.output.splitlines() == ["Mitte, Markt, Wednesday 2026-03-11 from 08:00 on", "", "08:20  7  Süden"]
    empty = run("departures", "Süden", "--feed", feed, "--when", "2026-03-11T08:00")
    assert empty.exit_code == 1
    assert "Nothing leaves Süden, Markt within 60 minutes" in empty.output


def test_departures_as_json_know_the_service_day_of_the_trip(feed: Path) -> None:
    result = run("departures", "M2", "--feed", feed, "--when", "2026-03-12T00:10", "--json")
    (departure,) = json.loads(result.output)["departures"]
    assert (departure["departure"], departure["trip_on"]) == ("2026-03-12T00:20:00+01:00", "2026-03-11")


def test_an_isochrone_lists_stops_with_minutes(feed: Path) -> None:
    result = run("isochrone", "--feed", feed, "--from", "A", "--depart", "2026-03-11T07:50", "--within", "45")
    assert result.output.splitlines()[2:] == [
        "   0 min  Altstadt Bahnhof",
        "   0 min  Altstadt Bahnhof Gleis 1",
        "   0 min  Altstadt Bahnhof Gleis 2",
        "  20 min  Mitte, Markt",
        "  45 min  Süden, Markt",
    ]


def test_an_isochrone_as_geojson_is_points(feed: Path) -> None:
    result = run(
        "isochrone", "--feed", feed, "--from", "A", "--depart", "2026-03-11T07:50", "--within", "21", "--geojson"
    )
    features = json.loads(result.output)["features"]
    assert [feature["properties"]["stop_id"] for feature in features] == ["A", "A1", "A2", "M1", "M2"]
    assert features[4]["geometry"] == {"type": "Point", "coordinates": [11.0, 53.1001]}
    assert features[4]["properties"]["duration_s"] == 20 * 60 + 13


def test_a_built_timetable_and_a_district_serve_as_well(feed: Path, tmp_path: Path) -> None:
    write_timetable(tmp_path / "built", build_timetable([read_feed(feed)]))
    options = ("--from", "A", "--to", "S", "--depart", "2026-03-11T07:45")
    assert ask(tmp_path / "built", *options).output == ask(feed, *options).output
    both = run("journey", "--feed", feed, "--feed", tmp_path / "built", *options)
    assert "cannot be joined" in both.output
    district = write_tiny_district(tmp_path / "tiny")
    board = run("departures", "Altwiek, Bahnhof", "--feed", district, "--when", "2026-03-04T10:00")
    assert board.exit_code == 0, board.output
    assert "Altwiek" in board.output


def realtime(path: Path, made_at: datetime) -> Path:
    """The train of eight is twelve minutes late, and there is a notice about the bus."""
    feed = pb.FeedMessage()
    feed.header.gtfs_realtime_version = "2.0"
    feed.header.timestamp = int(made_at.timestamp())
    update = feed.entity.add(id="1").trip_update
    update.trip.trip_id, update.trip.start_date = "t8", "20260310"
    update.stop_time_update.add(stop_sequence=1).departure.delay = 720
    alert = feed.entity.add(id="2").alert
    alert.informed_entity.add(route_id="b7")
    alert.header_text.translation.add(text="Baustelle in Süden")
    path.write_bytes(feed.SerializeToString())
    return path


def test_realtime_moves_the_train_and_the_connection_is_missed(feed: Path, tmp_path: Path) -> None:
    news = realtime(tmp_path / "trips.pb", datetime(2026, 3, 10, 6, 29, tzinfo=UTC))
    when = ("--depart", "2026-03-10T07:45", "--realtime", str(news))
    late = ask(feed, "--from", "A", "--to", "Mitte, Markt", *when)
    assert "08:12 (+12) Altstadt Bahnhof Gleis 1 → 08:22 (+12) Mitte, Markt  [RE 1 to Mitte]" in late.output
    assert "!" not in late.output
    # The bus of 08:20 is gone; the next one goes after midnight.
    value = json.loads(ask(feed, "--from", "A", "--to", "S", *when, "--json").output)
    assert value["realtime"] == {"made_at": "2026-03-10T06:29:00+00:00", "trips": 1, "unapplied": 0}
    assert value["itineraries"] == []
    assert value["next"]["arrival"] == "2026-03-11T00:35:00+01:00"
    assert value["next"]["alerts"][0]["header"] == {"": "Baustelle in Süden"}
    board = run("departures", "A", "--feed", feed, "--when", "2026-03-10T08:00", "--realtime", news)
    assert "08:12  RE 1  Mitte" in board.output


def test_realtime_that_is_too_old_or_broken_is_told_and_not_used(feed: Path, tmp_path: Path) -> None:
    news = realtime(tmp_path / "trips.pb", datetime(2026, 3, 10, 6, 0, tzinfo=UTC))
    result = ask(feed, "--from", "A", "--to", "M1", "--depart", "2026-03-10T07:45", "--realtime", str(news))
    assert "The realtime feed is 30 min 0 s old; at most 300 s are trusted." in result.output
    assert "08:00 Altstadt Bahnhof Gleis 1 → 08:10 Mitte, Markt" in result.output
    news.write_bytes(b"<html>")
    broken = ask(feed, "--from", "A", "--to", "M1", "--depart", "2026-03-10T07:45", "--realtime", str(news))
    assert "it is a web page" in broken.output
    assert "08:00 Altstadt Bahnhof Gleis 1" in broken.output, "the timetable goes on without it"
