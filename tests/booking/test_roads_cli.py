"""``rufnetz roads`` builds, checks and asks roads, and tells in sentences what is wrong with its input."""

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from booking import roads_cli
from booking.commands import roads_app
from routing.graph import read_road_graph
from tests.tiny_district import write_tiny_district
from tests.town import Town

# 1,000 m of unclassified road at 40 km/h take 90 s.


@pytest.fixture(autouse=True)
def _wide_console(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(roads_cli.console, "_width", 300)
    monkeypatch.setattr(roads_cli.errors, "_width", 300)
    monkeypatch.setenv("RUFNETZ_STATE_FOLDER", str(tmp_path / "state"))


@pytest.fixture
def town() -> Town:
    town = Town()
    town.road("unclassified", name="Westweg").east(1000)
    town.road("unclassified", (1000, 0), name="Nordweg").north(1000)
    return town


@pytest.fixture
def extract(town: Town, tmp_path: Path) -> Path:
    return town.write(tmp_path / "town.osm")


@pytest.fixture
def district(tmp_path: Path) -> Path:
    return write_tiny_district(tmp_path / "tiny")


def run(*arguments: str | Path, text: str | None = None) -> Result:
    return CliRunner().invoke(roads_app, [str(argument) for argument in arguments], input=text)


def place(town: Town, east_m: float, north_m: float) -> str:
    return "{:.7f},{:.7f}".format(*town.lon_lat(east_m, north_m))


def test_help_says_what_to_begin_with() -> None:
    result = run("--help")
    assert result.exit_code == 0
    for text in ("build", "check", "route", "matrix", "rufnetz roads check districts/lup-sample"):
        assert text in result.output
    for command in ("build", "check", "route", "matrix"):
        assert run(command, "--help").exit_code == 0


def test_build_writes_arrays_and_tells_what_was_found(extract: Path, tmp_path: Path) -> None:
    result = run("build", extract, tmp_path / "roads")
    assert result.exit_code == 0, result.output
    assert "2.0 km of streets from 2 ways: 3 junctions and ends, 4 directed edges." in result.output
    assert f"Written to {tmp_path / 'roads'}" in result.output
    assert read_road_graph(tmp_path / "roads").edge_count == 4
    assert run("build", extract, tmp_path / "roads").exit_code == 0  # older roads are replaced


def test_build_does_not_write_among_other_things(extract: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").touch()
    result = run("build", extract, tmp_path / "mine")
    assert result.exit_code == 1
    assert "holds other things" in result.output


def test_speeds_of_a_file_count(extract: Path, town: Town, tmp_path: Path) -> None:
    speeds = tmp_path / "speeds.toml"
    speeds.write_text("[class.unclassified]\nunknown_kmh = 20\n", encoding="utf-8")
    way = (place(town, 0, 0), place(town, 1000, 0))
    slow = run("route", extract, *way, "--speeds", speeds, "--json")
    assert json.loads(slow.output)["legs"][0]["duration_s"] == pytest.approx(180, abs=1)
    speeds.write_text("[class.unclassified]\nunknown_kmh = 0\n", encoding="utf-8")
    wrong = run("route", extract, *way, "--speeds", speeds)
    assert wrong.exit_code == 1
    assert 'speeds.toml, line 2: "unknown_kmh" is 0 — it must be between 1.0 and 130.0.' in wrong.output


def test_check_tells_what_was_left_out(town: Town, tmp_path: Path) -> None:
    town.road("footway", (0, 0)).north(100)
    town.road("residential", (5000, 0), name="Inselweg").east(200)
    result = run("check", town.write(tmp_path / "town.osm"))
    assert result.exit_code == 0
    assert "Left out: Inselweg, 200 m" in result.output
    assert "no road leads there" in result.output
    assert "Left out: 1 way (foot, cycle and other ways without motor traffic)." in result.output


def test_check_as_json_is_one_object(extract: Path) -> None:
    answer = json.loads(run("check", extract, "--json").output)
    assert (answer["nodes"], answer["edges"], answer["length_m"], answer["problems"]) == (3, 4, 2000, [])


def test_check_of_a_district_tells_that_all_stops_can_be_reached(district: Path) -> None:
    result = run("check", district)
    assert result.exit_code == 0, result.output
    assert "All 12 stops can be reached." in result.output


def test_check_of_a_district_lists_bad_stops_with_their_distance(district: Path) -> None:
    path = district / "stops.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    text = path.read_text(encoding="utf-8").replace("11.0754179,53.4044966", "11.0754179,53.4089932")
    noted = next(line for line in lines if line.startswith("cramnitz-siedlung"))
    lon = noted.split(",")[4]
    path.write_text(text.replace(lon, f"{float(lon) + 0.0015:.7f}"), encoding="utf-8")
    result = run("check", district)
    assert result.exit_code == 1
    assert (
        'stop "Brüelow, Siedlung" (brueelow-siedlung) is 500 m from the nearest road that may be driven'
        in result.output
    )
    assert 'stop "Cramnitz, Siedlung" (cramnitz-siedlung) is 99 m from' in result.output


def test_route_tells_time_distance_and_turns(town: Town, tmp_path: Path) -> None:
    town.road("unclassified", (1000, 0), name="Ostweg").east(500)
    extract = town.write(tmp_path / "town.osm")
    result = run("route", extract, place(town, 0, 0), place(town, 1000, 1000))
    assert result.exit_code == 0, result.output
    assert "km" in result.output
    lines = [line.split() for line in result.output.splitlines()[1:]]
    assert lines == [["1", "begin", "Westweg", "1.0", "km"], ["2", "left", "Nordweg", "1.0", "km"]]


def test_route_as_json_names_its_units(extract: Path, town: Town) -> None:
    (leg,) = json.loads(run("route", extract, place(town, 0, 0), place(town, 1000, 0), "--json").output)["legs"]
    assert leg["duration_s"] == pytest.approx(90, abs=1)
    assert leg["distance_m"] == 1000
    assert leg["streets"] == ["Westweg"]
    assert [(step["turn"], step["street"], step["distance_m"]) for step in leg["steps"]] == [("", "Westweg", 1000)]


def test_route_as_geojson_is_a_line_for_each_leg(extract: Path, town: Town) -> None:
    places = [place(town, 0, 0), place(town, 500, 0), place(town, 1000, 0)]
    answer = json.loads(run("route", extract, *places, "--geojson").output)
    assert [feature["geometry"]["type"] for feature in answer["features"]] == ["LineString", "LineString"]
    assert answer["features"][0]["geometry"]["coordinates"][0] == pytest.approx(list(town.lon_lat(0, 0)))


def test_route_knows_the_stops_of_a_district(district: Path) -> None:
    by_id = json.loads(run("route", district, "altwiek-markt", "luebzow-markt", "--json").output)["legs"][0]
    by_name = json.loads(run("route", district, "Altwiek, Markt", "lübzow, markt", "--json").output)["legs"][0]
    assert by_id == by_name
    assert (by_id["from"], by_id["distance_m"]) == ("Altwiek, Markt", pytest.approx(25_000, abs=10))


def test_matrix_is_a_table_of_all_pairs(extract: Path, town: Town, tmp_path: Path) -> None:
    points = tmp_path / "points.csv"
    rows = [f"{name},{place(town, *where)}" for name, where in (("a", (0, 0)), ("b", (1000, 0)))]
    points.write_text("\n".join(["id,lon,lat", *rows]), encoding="utf-8")
    answer = list(csv.DictReader(io.StringIO(run("matrix", extract, points).output)))
    assert [(row["from"], row["to"]) for row in answer] == [("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")]
    assert [int(row["duration_s"]) for row in answer] == [0, pytest.approx(90, abs=1), pytest.approx(90, abs=1), 0]
    assert [int(row["distance_m"]) for row in answer] == [0, 1000, 1000, 0]
    written = run("matrix", extract, points, "--output", tmp_path / "out.csv")
    assert "4 times written" in written.output
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").startswith("from,to,duration_s,distance_m\na,a,0,0\n")


def test_matrix_reads_its_input_from_a_pipe(extract: Path, town: Town) -> None:
    text = f"lon,lat\n{place(town, 0, 0)}\n"
    assert run("matrix", extract, "-", text=text).output == "from,to,duration_s,distance_m\n1,1,0,0\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["route", "{extract}", "11.4,53.5"], "One place is no way"),
        (["route", "{extract}", "11.4,53.5", "Markt"], '"Markt" is not a place: write lon,lat'),
        (["route", "{extract}", "11.4,53.5", "411,53"], "is no place on earth"),
        (["route", "{extract}", "11.4,53.5", "nan,53"], "is no place on earth"),
        (["route", "{district}", "altwiek-markt", "Brüelow, Mark"], 'write "Brüelow, Markt" if that is meant'),
        (["check", "nowhere.osm.pbf"], "nowhere.osm.pbf does not exist. Give the path of an OpenStreetMap extract"),
        (["check", "{folder}"], "holds no roads: it is neither a district (no district.toml) nor built roads"),
        (["check", "{text}"], "has an ending that is not known"),
        (["check", "{empty}"], "is empty. Download or export it again."),
        (["check", "{broken}"], "is damaged, cut off, or no OpenStreetMap file"),
        (["build", "nowhere.osm.pbf", "{folder}/roads"], "nowhere.osm.pbf does not exist"),
        (["build", "{extract}", "{folder}/roads", "--speeds", "none.toml"], "none.toml does not exist"),
        (["build", "{extract}", "{text}"], "Choose another path"),
        (["matrix", "{extract}", "nowhere.csv"], "nowhere.csv does not exist. Give a CSV file"),
        (["matrix", "{extract}", "{text}"], "line 1: the columns lon and lat are missing"),
        (["matrix", "{extract}", "{headed}"], "has no rows"),
        (["matrix", "{extract}", "{wrong}"], 'line 3: "11.4,x" is not a place'),
    ],
)
def test_a_fault_is_told_in_a_sentence_with_a_remedy(
    arguments: list[str], said: str, extract: Path, district: Path, tmp_path: Path
) -> None:
    files = {
        "text": "something.txt",
        "empty": "empty.osm.pbf",
        "broken": "broken.osm.pbf",
        "headed": "headed.csv",
        "wrong": "wrong.csv",
    }
    contents = {
        "text": "a,b\n",
        "empty": "",
        "broken": "<html>",
        "headed": "lon,lat\n",
        "wrong": "lon,lat\n11,53\n11.4,x\n",
    }
    for key, name in files.items():
        (tmp_path / name).write_text(contents[key], encoding="utf-8")
    (tmp_path / "folder").mkdir()
    known = {key: str(tmp_path / name) for key, name in files.items()}
    known |= {"extract": str(extract), "district": str(district), "folder": str(tmp_path / "folder")}
    result = run(*(argument.format(**known) for argument in arguments))
    assert result.exit_code == 1
    assert said in result.output
    assert "Traceback" not in result.output


def test_roads_that_were_damaged_are_to_be_built_again(extract: Path, tmp_path: Path) -> None:
    run("build", extract, tmp_path / "roads")
    (tmp_path / "roads" / "edge_to.npy").write_bytes(b"")
    result = run("check", tmp_path / "roads")
    assert result.exit_code == 1
    assert "cannot be read" in result.output
