"""Writing problems and plans in our own JSON (see ``docs/solve-json.md``)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from routing.instance import Instance
from routing.instance_json import VERSION
from routing.model import Action, Break, LocationIndex, Plan, Request, Shift, TimeWindow, Visit
from routing.travel_times import UNREACHABLE_S, TravelTimes

Json = dict[str, object]


def write_json(path: Path, instance: Instance) -> None:
    """Write an instance so that reading the file gives the same problem, weights and plan.

    The travel times are written as matrices in the engine's seconds and metres; what else the file of the instance
    said about distances is lost.
    """
    path.write_text(json.dumps(as_document(instance), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def as_document(instance: Instance) -> Json:
    """An instance as a JSON document."""
    problem, places = instance.problem, instance.places
    document: Json = {
        "rufnetz": VERSION,
        "name": instance.name,
        "locations": [{"id": place} for place in places],
        "travel": _travel(problem.times),
        "shifts": [_shift(shift, places) for shift in problem.shifts.values()],
        "requests": [_request(request, places) for request in problem.requests.values()],
        "not_before_s": problem.not_before_s,
        "order_locked": sorted(problem.order_locked),
        "no_waiting": [places[location] for location in sorted(problem.no_waiting)],
        "weights": asdict(instance.weights),
    }
    if instance.start is not None:
        document["plan"] = {
            "routes": list_routes(instance, instance.start),
            "unserved": sorted(instance.start.unserved),
        }
    return document


def list_routes(instance: Instance, plan: Plan) -> list[Json]:
    """The runs that have visits, with their times in the unit of the instance's file."""
    return [
        {"shift": run.shift_id, "visits": [_visit(visit, instance) for visit in run.visits]}
        for run in plan.runs.values()
        if run.visits
    ]


def _visit(visit: Visit, instance: Instance) -> Json:
    start = visit.start_s if instance.unit == 1 else visit.start_s / instance.unit
    about: Json = {"break": visit.break_index} if visit.action is Action.BREAK else {"request": visit.request_id}
    return {"action": visit.action.value, **about, "location": instance.places[visit.location], "start": start}


def _travel(times: TravelTimes) -> Json:
    locations = [LocationIndex(number) for number in range(times.size)]
    durations = [[times.duration_s(a, b) for b in locations] for a in locations]
    return {
        "durations_s": [[None if value >= UNREACHABLE_S else value for value in row] for row in durations],
        "distances_m": [[times.distance_m(a, b) for b in locations] for a in locations],
    }


def _shift(shift: Shift, places: Sequence[str]) -> Json:
    return {
        "id": shift.id,
        "vehicle": shift.vehicle_id,
        "start": places[shift.start],
        "end": places[shift.end],
        "start_s": shift.start_s,
        "end_s": shift.end_s,
        "layouts": [layout.as_dict() for layout in shift.layouts],
        "breaks": [_break(pause, places) for pause in shift.breaks],
        "costs": asdict(shift.costs),
        **_given({"max_duration_s": shift.max_duration_s, "range_m": shift.range_m}),
    }


def _break(pause: Break, places: Sequence[str]) -> Json:
    return {
        "window": _window(pause.window),
        "duration_s": pause.duration_s,
        "recharges": pause.recharges,
        **_given({"location": None if pause.location is None else places[pause.location]}),
    }


def _request(request: Request, places: Sequence[str]) -> Json:
    return {
        "id": request.id,
        "pickup": places[request.pickup],
        "dropoff": places[request.dropoff],
        "pickup_window": _window(request.pickup_window),
        "dropoff_window": _window(request.dropoff_window),
        "load": request.load.as_dict(),
        "boarding_s": request.boarding_s,
        "alighting_s": request.alighting_s,
        "max_ride_s": request.max_ride_s,
        **_given(
            {
                "shifts": None if request.shift_ids is None else sorted(request.shift_ids),
                "unserved_cost": request.unserved_cost,
            }
        ),
    }


def _given(values: Mapping[str, object]) -> Json:
    return {name: value for name, value in values.items() if value is not None}


def _window(window: TimeWindow) -> list[int]:
    return [window.earliest_s, window.latest_s]
