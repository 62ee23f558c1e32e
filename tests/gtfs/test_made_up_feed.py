"""The generator of feeds to measure on makes feeds that are right."""

from datetime import date
from pathlib import Path

import polars as pl

from gtfs.feed import read_feed
from tests.benchmarks.make_feed import SIZES, make_feed, write_feed


def test_the_same_seed_makes_the_same_feed_and_another_seed_another(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_feed(tmp_path / f"{name}.zip", make_feed(SIZES["small"], seed=seed))
    first, again, other = ((tmp_path / f"{name}.zip").read_bytes() for name in "abc")
    assert first == again
    assert first != other


def test_a_made_up_feed_has_no_fault_and_runs_mostly_on_school_days(tmp_path: Path) -> None:
    write_feed(tmp_path / "small.zip", make_feed(SIZES["small"], seed=0))
    feed = read_feed(tmp_path / "small.zip")
    assert feed.findings == ()
    assert (feed.trips.height, feed.calls.height) == (552, 5928)
    running = feed.trips.filter(pl.col("service_id").is_in(list(feed.calendar.services_on(date(2026, 3, 11)))))
    assert running.height > 0.9 * feed.trips.height
    # Half an hour before midnight the last buses leave.
    assert feed.calls["arrival_s"].max() > 86400  # type: ignore[operator]
