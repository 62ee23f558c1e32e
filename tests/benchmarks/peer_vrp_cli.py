"""vrp-cli in its "pragmatic" format, one thread. It takes no seed from outside."""

import json
from datetime import UTC, datetime, timedelta

from peer_windows import Whole, whole_numbers
from verify_answers import Raw
from vrp_cli import solve_pragmatic

IS_SEEDED = False
MIDNIGHT = datetime(2020, 1, 1, tzinfo=UTC)


def solve(raw: Raw, seconds: float, _seed: int) -> list[list[int]]:
    """Routes as places of the file."""
    whole = whole_numbers(raw)
    objectives = ["minimize-unassigned", *(["minimize-tours"] if raw.fleet_first else []), "minimize-distance"]
    problem = {
        "plan": {"jobs": [_job(whole, *ride) for ride in whole.rides]},
        "fleet": {"vehicles": [_fleet(whole)], "profiles": [{"name": "car"}]},
        "objectives": [[{"type": name}] for name in objectives],
    }
    matrix = {
        "profile": "car",
        "travelTimes": [value for row in whole.durations for value in row],
        "distances": [value for row in whole.distances for value in row],
    }
    config = {
        "termination": {"maxTime": max(1, round(seconds))},
        "environment": {"parallelism": {"numThreadPools": 1, "threadsPerPool": 1}, "logging": {"enabled": False}},
    }
    answer = json.loads(
        solve_pragmatic(problem=json.dumps(problem), matrices=[json.dumps(matrix)], config=json.dumps(config))
    )
    return [
        [
            stop["location"]["index"]
            for stop in tour["stops"]
            for activity in stop["activities"]
            if activity["type"] in ("pickup", "delivery")
        ]
        for tour in answer["tours"]
    ]


def _fleet(whole: Whole) -> dict[str, object]:
    opens, closes = whole.windows[0]
    shift = {
        "start": {"earliest": _clock(opens), "location": {"index": 0}},
        "end": {"latest": _clock(closes), "location": {"index": 0}},
    }
    limits = {} if whole.longest_duration is None else {"limits": {"maxDuration": whole.longest_duration}}
    return {
        "typeId": "car",
        "vehicleIds": [f"car{number}" for number in range(whole.raw.vehicles)],
        "profile": {"matrix": "car"},
        "costs": {"fixed": 0.0, "distance": 1.0, "time": 0.0},
        "shifts": [shift],
        "capacity": [whole.raw.capacity],
        **limits,
    }


def _job(whole: Whole, pickup: int, dropoff: int, load: int) -> dict[str, object]:
    return {
        "id": str(pickup),
        "pickups": [{"places": [_place(whole, pickup)], "demand": [load]}],
        "deliveries": [{"places": [_place(whole, dropoff)], "demand": [load]}],
    }


def _place(whole: Whole, place: int) -> dict[str, object]:
    earliest, latest = whole.windows[place]
    return {
        "location": {"index": place},
        "duration": float(whole.services[place]),
        "times": [[_clock(earliest), _clock(latest)]],
    }


def _clock(seconds: int) -> str:
    return (MIDNIGHT + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
