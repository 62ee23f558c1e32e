"""A district folder is read whole, or every mistake in it is told with file, line and remedy."""

import json
from pathlib import Path

import pytest

from booking.district import DayKind
from booking.district_files import DistrictError, Problem, read_district
from booking.model import Channel
from booking.rulebook import RiderClass
from gtfs.line_priority import PriorityAction
from routing.model import Load
from tests.tiny_district import write_tiny_district


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_tiny_district(tmp_path / "tiny")


def problems_of(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(DistrictError) as caught:
        read_district(folder)
    return caught.value.problems


def change(path: Path, *changes: tuple[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")


def line_of(path: Path, text: str) -> int:
    return next(i for i, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1) if text in line)


def test_everything_in_the_folder_becomes_a_value(folder: Path) -> None:
    district = read_district(folder)
    assert (district.id, district.name, district.zone.key) == ("tiny", "Landkreis Reihendorf", "Europe/Berlin")
    assert district.languages[1] == "de-simple"
    assert district.is_sample
    assert len(district.stops) == 12
    assert [stop.id for stop in district.stops if stop.is_hub] == ["altwiek-markt", "luebzow-markt"]
    assert {area: sorted(hubs) for area, hubs in district.hubs_of_area.items()} == {
        "west": ["altwiek-markt"],
        "east": ["luebzow-markt"],
    }
    assert district.sources.roads == str(folder / "roads.osm")
    assert [len(district.villages), len(district.destinations), len(district.holidays)] == [6, 6, 3]


def test_minutes_of_the_rules_become_seconds(folder: Path) -> None:
    rules = read_district(folder).rulebook.versions[0]
    assert rules.lead_s[Channel.WEB] == 3600
    assert rules.offer_valid_s == 900
    assert rules.service_hours["saturday"].to_s == 25 * 3600
    assert "sunday_or_holiday" not in rules.desk_hours
    assert rules.ride.pickup_window_s == 900
    assert rules.ride.boarding_wheelchair_s == 180
    assert rules.connection.max_wait_s == 1800
    assert rules.line_priority.max_extra_s == 1200


def test_line_priority_has_more_to_say_if_it_likes(folder: Path) -> None:
    silent = read_district(folder).rulebook.versions[0].line_priority
    assert (silent.action, silent.min_distance_m) == (PriorityAction.REFUSE, 0)
    assert silent.all_exempt() == {RiderClass.WHEELCHAIR, RiderClass.WALKING_FRAME}
    change(
        folder / "rules.toml",
        (
            "exempts_reduced_mobility = true",
            'exempts_reduced_mobility = false\nexempts = ["pram"]\nmin_distance_m = 7000\naction = "feeder_only"',
        ),
    )
    told = read_district(folder).rulebook.versions[0].line_priority
    assert (told.action, told.min_distance_m) == (PriorityAction.FEEDER_ONLY, 7000)
    assert told.all_exempt() == {RiderClass.PRAM}


def test_layouts_days_and_breaks_are_read_from_their_notations(folder: Path) -> None:
    district = read_district(folder)
    assert district.vehicle_by_id["bus-1"].layouts == (  # type: ignore[index]
        Load(seat=6),
        Load(seat=4, wheelchair=1),
        Load(seat=4, pram=1, walking_frame=1),
    )
    besides = Load(dog=1, child_seat=2, luggage=3)
    assert district.vehicle_by_id["bus-2"].layouts == (  # type: ignore[index]
        Load(seat=8) + besides,
        Load(seat=5, wheelchair=1, pram=1) + besides,
    )
    east, evening = district.shifts[2], district.shifts[3]
    assert east.days == {DayKind.WEEKDAY, DayKind.SATURDAY}
    assert [(b.from_s, b.to_s, b.duration_s) for b in east.breaks] == [(36000, 43200, 2700), (57600, 64800, 1800)]
    assert evening.end_s == 25 * 3600 + 1800


def test_a_folder_that_does_not_exist_is_one_problem(tmp_path: Path) -> None:
    assert "rufnetz district new" in problems_of(tmp_path / "nowhere")[0].remedy


def test_every_missing_file_is_named_but_holidays_may_be_missing(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_file():
            path.unlink()
    assert {problem.file for problem in problems_of(folder)} == {
        "district.toml",
        "rules.toml",
        "areas.geojson",
        "stops.csv",
        "fleet.csv",
        "shifts.csv",
        "places.csv",
        "destinations.csv",
    }


def test_all_problems_are_told_at_once_in_the_text_of_the_error(folder: Path) -> None:
    change(
        folder / "stops.csv",
        ('altwiek-siedlung,"Altwiek, Siedlung",Altwiek,11.0', 'altwiek-siedlung,"A",Altwiek,x11.0'),
    )
    change(folder / "rules.toml", ("max_party = 8", 'max_party = "eight"'))
    with pytest.raises(DistrictError) as caught:
        read_district(folder)
    text = str(caught.value)
    assert text.startswith("The district folder has 2 problems:")
    assert 'stops.csv, line 3: "lon" is "x11.0000000", which is not a number — write digits and a point only.' in text
    assert f"rules.toml, line {line_of(folder / 'rules.toml', 'max_party =')}: " in text


MISTAKES: dict[str, tuple[str, str, str, str, str]] = {
    # file, what stands there, what is written instead, part of the message, part of the remedy
    "a misspelt rule": (
        "rules.toml",
        "freeze_min",
        "frieze_min",
        '"frieze_min" is not a setting',
        'write "freeze_min"',
    ),
    "a misspelt key": ("district.toml", "time_zone", "timezone", '"timezone" is not a setting', 'write "time_zone"'),
    "a misspelt zone": ("district.toml", "Europe/Berlin", "Europe/Berln", "no time zone", "Europe/Berlin"),
    "an id with capitals": ("district.toml", 'id = "tiny"', 'id = "Tiny District"', '"id" is', "small letters"),
    "no road file": ("district.toml", '"roads.osm"', '"streets.osm"', '"streets.osm" does not exist', "put it there"),
    "a strange road file": ("district.toml", '"roads.osm"', '"stops.csv"', "not an OpenStreetMap file", ".osm.pbf"),
    "two road sources": (
        "district.toml",
        "roads = ",
        'roads_place = "X"\nroads = ',
        "one source of roads",
        "one of the two",
    ),
    "a missing timetable": (
        "district.toml",
        '["timetable"]',
        '["gtfs.zip"]',
        '"gtfs.zip" does not exist',
        "put it there",
    ),
    "an empty name": ("district.toml", "Landkreis Reihendorf", "", '"name" is empty', "fill it in"),
    "a sentence for yes": ("district.toml", "sample = true", 'sample = "yes"', "\"sample\" is 'yes'", "true or false"),
    "an unknown language": ("district.toml", '"de-simple"', '"deutsch!"', '"deutsch!"', "two letters"),
    "a number for a language": ("district.toml", '"de-simple"', "7", "not a text", "quotation marks"),
    "a quoted date": ("rules.toml", "2020-01-01\n", '"2020-01-01"\n', '"valid_from" is', "without quotation marks"),
    "a factor below one": (
        "rules.toml",
        "max_detour_factor = 1.5",
        "max_detour_factor = 0.5",
        "0.5",
        "between 1 and 10",
    ),
    "hours reversed": ("rules.toml", '["06:00", "25:00"]', '["25:00", "06:00"]', "ends before it begins", "past 24:00"),
    "hours of words": ("rules.toml", '["06:00", "25:00"]', '["six", "25:00"]', '"six" is not a time', "07:30"),
    "an unknown class": (
        "rules.toml",
        "exempts_reduced_mobility = true",
        'exempts = ["prams"]\nexempts_reduced_mobility = true',
        '"prams" is no class of riders',
        'write "pram"',
    ),
    "an unknown action": (
        "rules.toml",
        "exempts_reduced_mobility = true",
        'action = "forbid"\nexempts_reduced_mobility = true',
        '"forbid" is nothing a line can do to rides',
        "feeder_only, line_first, refuse",
    ),
    "one hour only": ("rules.toml", '["06:00", "25:00"]', '["06:00"]', "1 times stand", "two times"),
    "an unknown kind of day": ("rules.toml", "saturday = ", "satturday = ", '"satturday"', '"saturday"'),
    "online above all": (
        "rules.toml",
        "max_party_online = 4",
        "max_party_online = 40",
        "larger than max_party",
        "or less",
    ),
    "a missing part": ("rules.toml", "[version.fare]", "[version.fares]", '"fares" is not a setting', 'write "fare"'),
    "broken TOML": ("rules.toml", "horizon_days = 28", "horizon_days = ", "this is not TOML", "quotation marks"),
    "a comma in a number": (
        "stops.csv",
        "11.0754179",
        '"11,0754179"',
        '"11,0754179", which is not',
        "write 11.0754179",
    ),
    "a stop twice": ("stops.csv", "brueelow-markt", "altwiek-markt", "already stands in line 2", "its own id"),
    "neither yes nor no": ("stops.csv", "yes,yes,", "ja,yes,", '"accessible" is "ja"', "yes or no"),
    "lon and lat exchanged": (
        "stops.csv",
        "11.0754179,53.4000000",
        "53.4000000,11.0754179",
        "look exchanged",
        "lon is",
    ),
    "a stop in Africa": ("stops.csv", "11.0754179,53.4000000", "11.0754179,5.34", "150 km from most stops", "check"),
    "a latitude of 95": ("stops.csv", "11.0754179,53.4000000", "11.0754179,95", '"lat" is 95', "between -90 and 90"),
    "an unquoted comma": ("stops.csv", '"Altwiek, Markt"', "Altwiek, Markt", "9 cells, the header has 8", "quotation"),
    "a missing column": ("stops.csv", "lon,lat", "lon,latitude_degrees", 'column "lat" is missing', "the columns are"),
    "a misspelt column": (
        "stops.csv",
        "fixed_stop_id",
        "fixedstop_id",
        '"fixedstop_id" is not known',
        '"fixed_stop_id"',
    ),
    "an unknown dimension": ("fleet.csv", "wheelchair:1", "wheelchear:1", '"wheelchear"', '"wheelchair"'),
    "a layout without count": (
        "fleet.csv",
        "seat:6|",
        "seat|",
        '"seat" is not a kind of place with a count',
        "4 seats",
    ),
    "an unknown place besides": ("fleet.csv", "1 dog", "1 hog", 'in "always", "hog" is not a kind of place', '"dog"'),
    "an unknown vehicle": (
        "shifts.csv",
        "east-day,bus-2",
        "east-day,bus-22",
        '"bus-22", which is not in fleet',
        '"bus-2"',
    ),
    "an unknown stop": ("shifts.csv", "luebzow-markt", "luebzow-mart", "is not in stops.csv", '"luebzow-markt"'),
    "an unknown day": ("shifts.csv", "weekday+saturday,05", "weekday+samstag,05", '"samstag" is not a kind', "weekday"),
    "a shift backwards": ("shifts.csv", "16:00,25:30", "16:00,01:30", "ends before it begins", "25:30"),
    "an odd break": ("shifts.csv", "09:00-11:00/30", "09:00-11:00", '"09:00-11:00" is not a break', "10:30-13:00/30"),
    "a break too late": ("shifts.csv", "17:00-19:00/30", "17:00-22:45/30", "may fall outside", "end earlier"),
    "one vehicle twice": ("shifts.csv", "14:00,23:00", "13:00,23:00", 'already drives shift "west-early"', "another"),
    "half an inhabitant": ("places.csv", ",350,", ",350.5,", '"inhabitants" is 350.5', "whole number"),
    "a German date": ("holidays.csv", "2026-12-25", "25.12.2026", '"25.12.2026", which is not a date', "2026-12-25"),
    "holidays backwards": ("holidays.csv", "2026-07-13", "2026-09-13", "before the first", "exchange"),
    "an unknown holiday": ("holidays.csv", "school", "scool", '"kind" is "scool"', '"school"'),
    "an unknown hub": ("areas.geojson", '"altwiek-markt"', '"altwik-markt"', 'hub "altwik-markt"', '"altwiek-markt"'),
    "a hub that is none": (
        "areas.geojson",
        '"altwiek-markt"',
        '"altwiek-siedlung"',
        "not marked as a hub",
        "write yes",
    ),
    "a point as area": ("areas.geojson", '"Polygon"', '"Point"', "is a Point, not a Polygon", "one polygon"),
    "broken JSON": ("areas.geojson", '"features": [', '"features": [,', "this is not JSON", "comma or bracket"),
    "no name": ("areas.geojson", '"name": "Reihendorf West",', "", '"name" is missing', "add it"),
    "one id twice": ("areas.geojson", '"id": "east"', '"id": "west"', "the same id", "its own id"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_its_line_and_a_remedy(folder: Path, name: str) -> None:
    file, before, after, message, remedy = MISTAKES[name]
    path = folder / file
    line = line_of(path, before.splitlines()[0])
    change(path, (before, after))
    found = [p for p in problems_of(folder) if message in p.message]
    assert len(found) == 1, problems_of(folder)
    assert len(problems_of(folder)) == 1, "one mistake is told once"
    assert found[0].file == file
    assert remedy in found[0].remedy
    if name == "two road sources":
        line += 1
    elif name in {"no name", "a point as area", "an unknown hub", "a hub that is none", "one id twice"}:
        features = [i for i, text in enumerate(path.read_text().splitlines(), 1) if '"Feature"' in text]
        line = max(i for i in features if i <= line)
    assert found[0].line == line


def test_a_table_saved_with_semicolons_is_recognised(folder: Path) -> None:
    path = folder / "fleet.csv"
    path.write_text(path.read_text().replace(",", ";"))
    found = problems_of(folder)
    assert [(problem.line, problem.message) for problem in found] == [(1, "the columns are separated by semicolons")]


def test_a_table_that_is_not_utf_8_is_told_by_line(folder: Path) -> None:
    path = folder / "stops.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1"))
    found = problems_of(folder)
    assert len(found) == 1, "hubs and shifts that point to stops are not told as well"
    assert found[0].line == 4, "Brüelow has the first letter beyond ASCII"
    assert "UTF-8" in found[0].remedy


def test_a_byte_order_mark_as_spreadsheets_write_it_does_no_harm(folder: Path) -> None:
    for name in ("stops.csv", "district.toml", "areas.geojson"):
        path = folder / name
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(read_district(folder).stops) == 12


def test_an_open_ring_and_a_crossing_border_are_told_apart(folder: Path) -> None:
    path = folder / "areas.geojson"
    areas = json.loads(path.read_text(encoding="utf-8"))
    ring = areas["features"][0]["geometry"]["coordinates"][0]
    del ring[-1]
    other = areas["features"][1]["geometry"]["coordinates"][0]
    other[1], other[2] = other[2], other[1]
    path.write_text(json.dumps(areas, indent=1))
    messages = [problem.message for problem in problems_of(folder)]
    assert 'area "west": its border is open' in messages
    assert any(message.startswith('area "east": its border crosses itself') for message in messages)


def test_areas_with_lon_and_lat_exchanged_are_recognised(folder: Path) -> None:
    path = folder / "areas.geojson"
    areas = json.loads(path.read_text(encoding="utf-8"))
    for feature in areas["features"]:
        feature["geometry"]["coordinates"] = [[[y, x] for x, y in feature["geometry"]["coordinates"][0]]]
    path.write_text(json.dumps(areas, indent=1))
    assert all("look exchanged" in problem.message for problem in problems_of(folder))


def test_versions_of_the_rules_must_be_in_order_and_have_names_of_their_own(folder: Path) -> None:
    path = folder / "rules.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "\n" + text.replace("2020-01-01", "2019-06-01"), encoding="utf-8")
    messages = [problem.message for problem in problems_of(folder)]
    assert messages == [
        'there are two versions named "2020-01"',
        'version "2020-01" does not begin later than the one above it',
    ]
    lines = [problem.line for problem in problems_of(folder)]
    begins = [i for i, line in enumerate(path.read_text().splitlines(), 1) if line == "[[version]]"]
    assert all(line > begins[1] for line in lines), "they stand in the second version"


def test_an_address_and_a_place_name_are_sources_of_roads_too(folder: Path) -> None:
    change(folder / "district.toml", ('"roads.osm"', '"https://example.org/roads.osm.pbf"'))
    assert read_district(folder).sources.roads == "https://example.org/roads.osm.pbf"
    change(folder / "district.toml", ('roads = "https://example.org/roads.osm.pbf"', 'roads_place = "Reihendorf"'))
    sources = read_district(folder).sources
    assert (sources.roads, sources.roads_place) == ("", "Reihendorf")
