"""Drivers and trains of a rehearsal: what is planned happens, mostly in time, and is reported through the API."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import httpx2
import numpy as np

from booking.artefacts import Artefacts
from gtfs.itinerary import TripId
from gtfs.realtime import RealtimeFeed, TripRef, TripState, TripUpdate
from gtfs.service_day import ServiceDay

SERVICE = timedelta(minutes=1)
"""From the stop of the vehicle to the report that somebody is on board, or off."""
SHARE_LATE, MEAN_LATE_S, MOST_LATE_S = 0.1, 120.0, 480.0
"""So many stops are later than they could be, by so much on average and at most."""
SHARE_NO_SHOW = 0.014
"""14 of 977 passengers who ordered did not come (the real service's first ten weeks)."""
SHARE_LATE_TRIPS, LEAST_TRIP_DELAY_MIN, MOST_TRIP_DELAY_MIN = 0.05, 3, 20
"""Trips of lines that are late, and by how much."""

Call = Callable[[str, str, dict[str, Any]], httpx2.Response]
Expected = Callable[[date], list[dict[str, Any]]]


class Drivers:
    """They drive what is planned and report each end of each ride.

    Parameters
    ----------
    call, expected
        Send a report; get what a day's visits are expected to be.
    """

    def __init__(self, call: Call, expected: Expected, random: np.random.Generator) -> None:
        self._call, self._expected, self._random = call, expected, random
        self._late_s: dict[tuple[str, str], float] = {}
        self._reports = 0
        self.started_at: dict[tuple[str, str], datetime] = {}
        self.no_shows = 0

    def drive(self, on: date, now: datetime) -> datetime | None:
        """Report all that has happened until now, one report of each vehicle after the other.

        Gives the time of the next report, None if nothing is left to report as things stand.
        """
        while True:
            next_of_run: dict[str, dict[str, Any]] = {}
            for visit in self._expected(on):
                if not visit["is_done"]:
                    next_of_run.setdefault(visit["shift_id"], visit)
            reports = [r for visit in next_of_run.values() if (r := self._report(visit)) is not None]
            due = [(visit, at) for visit, at in reports if at <= now]
            if not due:
                return min((at for _, at in reports), default=None)
            for visit, at in due:
                self._send(on, visit, at)

    def _report(self, visit: dict[str, Any]) -> tuple[dict[str, Any], datetime] | None:
        key = visit["ride_id"], visit["action"]
        if key in self.started_at:
            return None  # reported, and not taken: somebody else moved the ride meanwhile
        if key not in self._late_s:
            is_late = self._random.random() < SHARE_LATE
            self._late_s[key] = min(float(self._random.exponential(MEAN_LATE_S)), MOST_LATE_S) if is_late else 0.0
        expected_at = datetime.fromisoformat(visit["expected_at"])
        return visit, expected_at + timedelta(seconds=self._late_s[key]) + SERVICE

    def _send(self, on: date, visit: dict[str, Any], at: datetime) -> None:
        is_pickup = visit["action"] == "pickup"
        stays_away = is_pickup and self._random.random() < SHARE_NO_SHOW
        kind = "no_show" if stays_away else "boarded" if is_pickup else "alighted"
        self._reports += 1
        body = {"id": f"report-{self._reports}", "kind": kind, "at": at.isoformat(), "ride_id": visit["ride_id"]}
        self._call("report", f"/days/{on}/runs/{visit['shift_id']}/events", body).raise_for_status()
        self.started_at[visit["ride_id"], visit["action"]] = at - SERVICE
        self.no_shows += stays_away


def late_trips(artefacts: Artefacts, random: np.random.Generator) -> dict[TripId, int]:
    """Which trips are late on a day, in minutes."""
    trips = sorted(artefacts.timetable.trips.ids)
    late = random.random(len(trips)) < SHARE_LATE_TRIPS
    minutes = random.integers(LEAST_TRIP_DELAY_MIN, MOST_TRIP_DELAY_MIN + 1, len(trips))
    return {trip: int(m) for trip, is_late, m in zip(trips, late, minutes, strict=True) if is_late}


def news_of(late: dict[TripId, int], service_day: ServiceDay, now: datetime) -> RealtimeFeed:
    """What the lines' operator publishes about late trips."""
    updates = {
        str(number): TripUpdate(TripRef(trip, start_on=service_day.on, state=TripState.SCHEDULED), delay_s=60 * minutes)
        for number, (trip, minutes) in enumerate(late.items())
    }
    return RealtimeFeed(now, updates)


def count_decisions(decisions: list[dict[str, Any]]) -> Counter[str]:
    """Decisions about held connections, the newest for each ride."""
    newest: dict[str, str] = {}
    for decision in decisions:
        newest.setdefault(decision["ride_id"], decision["decision"])
    return Counter(newest.values())
