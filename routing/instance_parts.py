"""Shifts, requests and plans as our own JSON writes them (see ``docs/solve-json.md``)."""

from collections.abc import Container, Mapping
from dataclasses import fields

from routing.instance import InstanceError
from routing.instance_fields import Fields
from routing.model import (
    Action,
    Break,
    Load,
    LocationIndex,
    OwnerCosts,
    Plan,
    Request,
    RequestId,
    Run,
    Shift,
    ShiftId,
    TimeWindow,
    VehicleId,
    Visit,
)
from routing.problem import Problem
from routing.schedule import opening_run

SHIFT_FIELDS = frozenset(
    ("id", "vehicle", "start", "end", "start_s", "end_s", "layouts", "breaks", "max_duration_s", "range_m", "costs")
)
REQUEST_FIELDS = frozenset(
    {"id", "pickup", "dropoff", "pickup_window", "dropoff_window", "load", "boarding_s", "alighting_s"}
    | {"max_ride_s", "shifts", "unserved_cost"}
)
_BREAK_FIELDS = frozenset(("window", "duration_s", "location", "recharges"))
_COST_FIELDS = frozenset(("drive_s_factor", "drive_m_factor", "when_used"))
_LOAD_FIELDS = frozenset(field.name for field in fields(Load))
_VISIT_FIELDS = frozenset(("action", "location", "start", "request", "break"))

Places = Mapping[str, LocationIndex]


def known_name(part: Fields, name: str, value: str, known: Container[str]) -> str:
    """A text that names something else in the file."""
    if value not in known:
        part.reject(name, f"names {value!r}, which the file does not have; add it or correct the name")
    return value


def read_shift(part: Fields, places: Places) -> Shift:
    """One shift."""
    identity, start, end = part.text("id"), _place(part, "start", places), _place(part, "end", places)
    start_s, end_s = part.whole("start_s"), part.whole("end_s")
    if start_s >= end_s:
        part.reject("end_s", f"is {end_s}, not after start_s {start_s}; correct one of the two")
    layouts = tuple(_load(value, where) for where, value in part.items("layouts"))
    if not layouts:
        part.reject("layouts", 'is empty; a vehicle has at least one, such as {"seat": 8}')
    return Shift(
        id=ShiftId(identity),
        vehicle_id=VehicleId(part.text("vehicle") if part.has("vehicle") else identity),
        start=start,
        end=end,
        start_s=start_s,
        end_s=end_s,
        layouts=layouts,
        breaks=tuple(
            _break(Fields.of(v, at, _BREAK_FIELDS), places) for at, v in part.items("breaks", is_optional=True)
        ),
        max_duration_s=part.whole_or_none("max_duration_s"),
        range_m=part.whole_or_none("range_m"),
        costs=_costs(Fields.of(part.get("costs"), f"{part.where}.costs", _COST_FIELDS))
        if part.has("costs")
        else OwnerCosts(),
    )


def read_request(part: Fields, places: Places, shifts: Container[str]) -> Request:
    """One request. Only the shifts that there are may be named."""
    pickup, dropoff = _place(part, "pickup", places), _place(part, "dropoff", places)
    if pickup == dropoff:
        part.reject("dropoff", "is the place of the pickup; a ride leads somewhere else")
    load = _load(part.get("load"), f"{part.where}.load")
    if load == Load():
        part.reject("load", 'carries nobody; write for example {"seat": 1}')
    return Request(
        id=RequestId(part.text("id")),
        pickup=pickup,
        dropoff=dropoff,
        pickup_window=TimeWindow(*part.window("pickup_window")),
        dropoff_window=TimeWindow(*part.window("dropoff_window")),
        load=load,
        boarding_s=part.whole("boarding_s", 0),
        alighting_s=part.whole("alighting_s", 0),
        max_ride_s=part.whole("max_ride_s"),
        shift_ids=frozenset(ShiftId(known_name(part, "shifts", name, shifts)) for name in part.texts("shifts"))
        if part.has("shifts")
        else None,
        unserved_cost=part.number("unserved_cost") if part.has("unserved_cost") else None,
    )


def read_plan(whole: Fields, problem: Problem, places: Places) -> Plan:
    """The plan to begin with. Shifts without a route do nothing, requests that no route serves are unserved.

    Raises
    ------
    InstanceError
        If a route serves what there is not, or serves it twice. What else is wrong with the plan, the judge says.
    """
    where = f"{whole.where}.plan"
    value = whole.get("plan")
    if not isinstance(value, dict):
        msg = f"{where} must be an object with 'routes'; an answer of 'rufnetz solve --json' is one"
        raise InstanceError(msg)
    runs = {shift.id: opening_run(shift, problem) for shift in problem.shifts.values()}
    for at, route in Fields(where, value).items("routes"):
        part = Fields.of(route, at, frozenset(("shift", "visits")))
        shift_id = ShiftId(known_name(part, "shift", part.text("shift"), problem.shifts))
        visits = tuple(_visit(Fields.of(v, place, _VISIT_FIELDS), problem, places) for place, v in part.items("visits"))
        runs[shift_id] = Run(shift_id, visits)
    plan = Plan(runs)
    return Plan(runs, frozenset(problem.requests) - plan.request_ids())


def _visit(part: Fields, problem: Problem, places: Places) -> Visit:
    actions = {action.value: action for action in Action}
    action = actions[known_action] if (known_action := part.text("action")) in actions else None
    if action is None:
        part.reject("action", f"is {known_action!r}; write one of {', '.join(actions)}")
    location, start_s = _place(part, "location", places), part.whole("start")
    if action is Action.BREAK:
        return Visit(action, location, start_s, break_index=part.whole("break"))
    request_id = known_name(part, "request", part.text("request"), problem.requests)
    return Visit(action, location, start_s, RequestId(request_id))


def _place(part: Fields, name: str, places: Places) -> LocationIndex:
    return places[known_name(part, name, part.text(name), places)]


def _load(value: object, where: str) -> Load:
    part = Fields.of(value, where, _LOAD_FIELDS)
    return Load(**{name: part.whole(name) for name in part.values})


def _break(part: Fields, places: Places) -> Break:
    recharges = part.truth("recharges", default=False)
    if recharges and not part.has("location"):
        part.reject("location", "is missing; a vehicle charges at a place")
    return Break(
        window=TimeWindow(*part.window("window")),
        duration_s=part.whole("duration_s"),
        location=_place(part, "location", places) if part.has("location") else None,
        recharges=recharges,
    )


def _costs(part: Fields) -> OwnerCosts:
    return OwnerCosts(part.number("drive_s_factor", 1), part.number("drive_m_factor", 1), part.number("when_used", 0))
