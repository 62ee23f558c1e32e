"""``rufnetz gtfs check``, as a person or a nightly job runs it."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from booking.commands import gtfs_app
from gtfs.findings import LISTED_PER_KIND
from tests.tiny_district import timetable_files

DATA = Path(__file__).parents[2].parent / "shared" / "data"
ON_THE_DAY = ("--on", "2026-03-11")


def check(*arguments: str | Path) -> Result:
    return CliRunner().invoke(gtfs_app, ["check", *map(str, arguments)])


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    """The made-up timetable of the tiny district."""
    folder = tmp_path / "fahrplan"
    folder.mkdir()
    for name, text in timetable_files().items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def break_times(feed: Path) -> None:
    path = feed / "stop_times.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("05:20:00", "5.20 Uhr", 1), encoding="utf-8")


def test_a_feed_that_can_be_used_ends_with_0(feed: Path) -> None:
    result = check(feed, *ON_THE_DAY)
    assert result.exit_code == 0
    assert result.stdout.startswith("fahrplan can be used.\n")


def test_a_lost_row_is_told_with_its_line_and_ends_with_1(feed: Path) -> None:
    break_times(feed)
    result = check(feed, *ON_THE_DAY)
    assert result.exit_code == 1
    assert "fahrplan can be used, but 1 row was wrong and left out or changed.\n" in result.stdout
    assert "What to do: Write times as HH:MM:SS" in result.stdout
    assert "stop_times.txt, line 3, arrival_time: '5.20 Uhr' is no time like 08:15:00." in result.stdout


def test_a_broken_rule_that_does_not_matter_to_us_is_said_to_be_one_and_ends_with_1(feed: Path) -> None:
    path = feed / "routes.txt"
    header, first, *others = path.read_text(encoding="utf-8").splitlines()
    names = ("route_short_name", "route_long_name")
    cells = dict(zip(header.split(","), first.split(","), strict=True)) | dict.fromkeys(names, "")
    path.write_text("\n".join([header, ",".join(cells.values()), *others]) + "\n", encoding="utf-8")
    result = check(feed, *ON_THE_DAY)
    assert result.exit_code == 1
    assert result.stdout.startswith(
        "fahrplan can be used here as it is, but has 1 error that may hinder other programs.\n"
    )
    assert "ERROR route_both_short_and_long_name_missing" in result.stdout


def test_a_refused_feed_among_good_ones_ends_with_1_and_all_are_told(feed: Path, tmp_path: Path) -> None:
    result = check(feed, tmp_path / "nowhere.zip", *ON_THE_DAY)
    assert result.exit_code == 1
    assert "fahrplan can be used." in result.stdout
    assert "nowhere.zip cannot be used." in result.stdout
    assert "check the path" in result.stdout


def test_as_json_nothing_else_is_printed(feed: Path) -> None:
    break_times(feed)
    result = check(feed, "--json", *ON_THE_DAY)
    [report] = json.loads(result.stdout)["feeds"]
    assert (result.exit_code, report["is_good"], report["is_usable"], report["lost_rows"]) == (1, False, False, 1)
    assert (report["findings"][0]["file"], report["findings"][0]["line"]) == ("stop_times.txt", 3)


def test_the_page_is_written_beside_what_is_printed(feed: Path, tmp_path: Path) -> None:
    page = tmp_path / "bericht.html"
    result = check(feed, "--html", page, *ON_THE_DAY)
    assert result.stdout.endswith(f"Written to {page}.\n")
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_page_that_cannot_be_written_is_a_sentence(feed: Path, tmp_path: Path) -> None:
    result = check(feed, "--html", tmp_path / "no" / "such" / "folder.html", *ON_THE_DAY)
    assert result.exit_code == 1
    assert "Choose another path." in result.stderr


def test_as_many_rows_are_named_as_wished(feed: Path) -> None:
    path = feed / "stop_times.txt"
    unknown = "".join(f"x{i},08:00:00,08:00:00,bus-altwiek,1\n" for i in range(30))
    path.write_text(path.read_text(encoding="utf-8") + unknown, encoding="utf-8")
    for rows in (0, 3, LISTED_PER_KIND):
        result = check(feed, "--rows", str(rows), *ON_THE_DAY)
        assert result.stdout.count("is not in trips.txt") == rows
        assert f"… and {30 - rows} more" in result.stdout


FEEDS: Sequence[tuple[str, int]] = [
    ("heidelberg_vrn/vrn_gtfs_cut.zip", 1),  # vehicles (block_id) on two trips at once: nothing to us
    ("gtfsflex_vbb_rufbus", 1),  # stops name stations that are not in the feed
    # GTFS-Flex as it was drafted: we read it, but today's rules do not know a zone as stop_id.
    ("gtfsflex_mobilitydata_examples/FlexExample--on-demand-service.zip", 1),
    ("gtfsflex_mobilitydata_examples/FlexExample--same-day-service.zip", 1),
    ("gtfsflex_mobilitydata_examples/FlexExample--various.zip", 1),
    ("gtfsflex_mobilitydata_examples/deviated-drop-off-route.zip", 0),
    ("gtfsflex_mobilitydata_examples/google-sample-feed-1.zip", 1),  # rows without their empty cells at the end
    ("gtfsflex_mobilitydata_examples/on-demand-services-between-multiple-zones-river-valley.zip", 0),
    # Two on-demand rows belong to a trip that is not there.
    ("gtfsflex_mobilitydata_examples/on-demand-services-between-multiple-zones.zip", 1),
    ("gtfsflex_mobilitydata_examples/on-demand-services-within-a-single-zone.zip", 0),
]


@pytest.mark.shared_data
@pytest.mark.skipif(not DATA.exists(), reason="the real feeds are not beside the project (../shared/data)")
@pytest.mark.parametrize(("name", "exit_code"), FEEDS)
def test_real_feeds_are_checked_without_a_traceback(name: str, exit_code: int) -> None:
    result = check(DATA / name, *ON_THE_DAY)
    assert result.exit_code == exit_code
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "can be used" in result.stdout
    # A page or two for a person, however many rows are wrong.
    assert len(result.stdout.splitlines()) < 120


@pytest.mark.shared_data
@pytest.mark.skipif(not DATA.exists(), reason="the real feeds are not beside the project (../shared/data)")
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.99])
def test_a_part_of_a_real_zip_is_refused(tmp_path: Path, kept: float) -> None:
    whole = (DATA / "heidelberg_vrn" / "vrn_gtfs_cut.zip").read_bytes()
    path = tmp_path / "vrn.zip"
    path.write_bytes(whole[: int(len(whole) * kept)])
    result = check(path, *ON_THE_DAY)
    assert result.exit_code == 1
    assert "is no zip, or only a part of one" in result.stdout
