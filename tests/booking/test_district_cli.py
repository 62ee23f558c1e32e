"""``rufnetz district`` makes, checks, builds and shows a district folder."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from booking import district_cli
from booking.artefacts import is_up_to_date
from booking.commands import district_app
from booking.district_cli import list_notes
from booking.district_files import read_district
from tests.tiny_district import write_tiny_district


@pytest.fixture(autouse=True)
def _wide_console(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(district_cli.console, "_width", 200)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_tiny_district(tmp_path / "tiny")


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(district_app, [str(argument) for argument in arguments])


def test_a_new_folder_is_explained_and_accepted_as_it_is(tmp_path: Path) -> None:
    made = run("new", tmp_path / "Kreis Grünau")
    assert made.exit_code == 0
    assert "README.md" in made.output
    checked = run("check", tmp_path / "Kreis Grünau")
    assert checked.exit_code == 0, checked.output
    assert "is in order" in checked.output
    district = read_district(tmp_path / "Kreis Grünau")
    assert district.id == "kreis-gr-nau"
    assert district.sources.roads.startswith("https://")
    assert list_notes(district) == []


def test_the_explanations_name_every_file_and_every_column(tmp_path: Path) -> None:
    run("new", tmp_path / "x")
    text = (tmp_path / "x" / "README.md").read_text(encoding="utf-8")
    for path in (tmp_path / "x").iterdir():
        assert path.name == "README.md" or f"`{path.name}`" in text
    header = (tmp_path / "x" / "stops.csv").read_text(encoding="utf-8").splitlines()[0]
    assert all(f"`{column}`" in text for column in header.split(","))


def test_a_new_folder_never_overwrites_anything(folder: Path) -> None:
    before = (folder / "stops.csv").read_bytes()
    result = run("new", folder)
    assert result.exit_code == 1
    assert "not empty" in result.output
    assert (folder / "stops.csv").read_bytes() == before


def test_a_check_counts_what_is_there(folder: Path) -> None:
    result = run("check", folder)
    assert result.exit_code == 0
    for text in ("12, of them 2 hubs and 6 accessible", "Reihendorf West: 6 stops", "11,980", 'version "2020-01"'):
        assert text in result.output
    assert "weekday: 4, saturday: 4, sunday or holiday: 2" in result.output


def test_a_check_tells_every_problem_and_fails(folder: Path) -> None:
    path = folder / "stops.csv"
    path.write_text(path.read_text().replace(",yes,yes,", ",ja,yes,"), encoding="utf-8")
    result = run("check", folder)
    assert result.exit_code == 1
    assert 'stops.csv, line 2: "accessible" is "ja" — write yes or no.' in result.output
    assert "2 problems to put right" in result.output


def test_a_check_tells_of_stops_off_the_road_with_their_distance(folder: Path) -> None:
    path = folder / "stops.csv"
    path.write_text(path.read_text().replace("11.0754179,53.4044966", "11.0754179,53.4089932"), encoding="utf-8")
    result = run("check", folder)
    assert result.exit_code == 1
    assert (
        'stops.csv, line 5: stop "Brüelow, Siedlung" (brueelow-siedlung) is 500 m from the nearest road'
        in result.output
    )


def test_a_check_tells_of_a_road_file_that_cannot_be_read(folder: Path) -> None:
    (folder / "roads.osm").write_text("<html>", encoding="utf-8")
    result = run("check", folder)
    assert result.exit_code == 1
    assert "is damaged, cut off, or no OpenStreetMap file" in result.output


def test_a_build_that_finds_a_stop_off_the_road_tells_it_like_a_check(folder: Path, tmp_path: Path) -> None:
    path = folder / "stops.csv"
    path.write_text(path.read_text().replace("11.0754179,53.4044966", "11.0754179,53.4089932"), encoding="utf-8")
    result = run("build", folder, "--state-folder", tmp_path / "state")
    assert result.exit_code == 1
    assert 'stops.csv, line 5: stop "Brüelow, Siedlung"' in result.output


def test_oversights_are_noted(folder: Path) -> None:
    (folder / "shifts.csv").write_text(
        "".join((folder / "shifts.csv").read_text().splitlines(keepends=True)[:3]), encoding="utf-8"
    )
    with (folder / "stops.csv").open("a", encoding="utf-8") as file:
        file.write("far,Far away,Nowhere,11.5,53.8,no,no,\nhub,A hub,Nowhere,11.0,53.4,no,yes,\n")
    notes = list_notes(read_district(folder))
    assert notes == [
        "1 stops lie in no area and cannot be booked: Far away.",
        "2 vehicles have no shift: Rufbus 2; Taxi 1.",
        "1 hubs belong to no area: A hub.",
    ]


def test_a_build_says_what_it_does_and_show_how_it_stands(folder: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert "not built" in run("show", folder, "--state-folder", state).output
    built = run("build", folder, "--state-folder", state)
    assert built.exit_code == 0, built.output
    assert "Building roads" in built.output
    assert "Done in" in built.output
    assert is_up_to_date(read_district(folder), state / "artefacts" / "tiny")
    again = run("build", folder, "--state-folder", state)
    assert "Building" not in again.output
    assert again.output.count("up to date") == 6
    assert run("build", folder, "--state-folder", state, "--force").output.count("Building") == 6
    shown = run("show", folder, "--state-folder", state)
    assert shown.output.count("up to date") == 6
    assert "valid 2020-01-01 to 2035-12-31" in shown.output
    path = folder / "places.csv"
    path.write_text(path.read_text().replace(",350,", ",351,"), encoding="utf-8")
    assert "to be built again" in run("show", folder, "--state-folder", state).output


@pytest.mark.parametrize("command", ["new", "check", "build", "show"])
def test_help_is_a_sentence_that_says_what_happens(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert len(result.output) > 200
