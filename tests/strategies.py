"""Small made-up days: towns on a line to compute by hand, and towns scattered on a plane for Hypothesis.

On the plane, travel times are straight-line distances rounded to seconds, so a detour is never faster than the direct
way but by rounding, as on a road network.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import hypot

import numpy as np
from hypothesis import strategies as st

from routing.insertion import best_insertion
from routing.model import (
    DAY_END_S,
    KINDS_OF_PLACES,
    NOTHING,
    Action,
    Break,
    Load,
    LocationIndex,
    OwnerCosts,
    Plan,
    Request,
    RequestId,
    Shift,
    ShiftId,
    TimeWindow,
    VehicleId,
    Visit,
)
from routing.objective import CostWeights
from routing.problem import Problem
from routing.schedule import opening_run
from routing.travel_times import MatrixTravelTimes

HOUR_S = 3600
ONE_SEAT = Load(seat=1)
LAYOUTS = (
    (Load(seat=3),),
    (Load(seat=6), Load(seat=4, wheelchair=1)),
    (Load(seat=8), Load(seat=3, wheelchair=2), Load(seat=6, pram=1)),
)
LOADS = (Load(seat=1), Load(seat=2), Load(seat=4), Load(wheelchair=1), Load(seat=1, wheelchair=1), Load(1, pram=1))


def line_of_towns(count: int = 6, *, apart_s: int = 600) -> MatrixTravelTimes:
    """Towns 0, 1, 2 … along one road, ten minutes (9 km) from one to the next."""
    return MatrixTravelTimes.from_rows([[abs(a - b) * apart_s for b in range(count)] for a in range(count)])


def ride(
    name: str,
    ends: tuple[int, int],
    pickup_s: tuple[int, int],
    dropoff_s: tuple[int, int] = (0, DAY_END_S),
    *,
    load: Load = ONE_SEAT,
    service_s: int = 60,
    max_ride_s: int = HOUR_S,
) -> Request:
    """A request between two towns with the windows of its ends."""
    return Request(
        id=RequestId(name),
        pickup=LocationIndex(ends[0]),
        dropoff=LocationIndex(ends[1]),
        pickup_window=TimeWindow(*pickup_s),
        dropoff_window=TimeWindow(*dropoff_s),
        load=load,
        boarding_s=service_s,
        alighting_s=service_s,
        max_ride_s=max_ride_s,
    )


def shift_of(
    name: str = "early",
    *,
    ends: tuple[int, int] = (0, 0),
    hours_s: tuple[int, int] = (6 * HOUR_S, 14 * HOUR_S),
    layouts: tuple[Load, ...] = (Load(seat=4),),
    breaks: tuple[Break, ...] = (),
    max_duration_s: int | None = None,
    range_m: int | None = None,
) -> Shift:
    """A shift from six to two with four seats."""
    return Shift(
        id=ShiftId(name),
        vehicle_id=VehicleId(f"vehicle of {name}"),
        start=LocationIndex(ends[0]),
        end=LocationIndex(ends[1]),
        start_s=hours_s[0],
        end_s=hours_s[1],
        layouts=layouts,
        breaks=breaks,
        max_duration_s=max_duration_s,
        range_m=range_m,
    )


def problem_of(
    shift: Shift | tuple[Shift, ...],
    *rides: Request,
    times: MatrixTravelTimes | None = None,
    not_before_s: int = 0,
    no_waiting: Iterable[int] = (),
) -> Problem:
    """A problem on the line of towns."""
    fleet = shift if isinstance(shift, tuple) else (shift,)
    return Problem(
        {s.id: s for s in fleet},
        {r.id: r for r in rides},
        times or line_of_towns(),
        not_before_s,
        no_waiting=frozenset(map(LocationIndex, no_waiting)),
    )


def pickup(request: Request, start_s: int = 0) -> Visit:
    """The pickup of a request."""
    return Visit(Action.PICKUP, request.pickup, start_s, request.id)


def dropoff(request: Request, start_s: int = 0) -> Visit:
    """The drop-off of a request."""
    return Visit(Action.DROPOFF, request.dropoff, start_s, request.id)


def pause(town: int, start_s: int = 0, number: int = 0) -> Visit:
    """A break."""
    return Visit(Action.BREAK, LocationIndex(town), start_s, break_index=number)


@dataclass(frozen=True)
class MadeUpDay:
    """A problem with a plan for it, and one request more that is in neither."""

    problem: Problem
    plan: Plan
    request: Request


@st.composite
def travel_times(draw: st.DrawFn, most_towns: int = 6) -> MatrixTravelTimes:
    """Between three and ``most_towns`` towns on a square of an hour's drive."""
    coordinate = st.integers(0, 2400)
    towns = draw(st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=most_towns))
    return MatrixTravelTimes.from_rows([[round(hypot(a - c, b - d)) for c, d in towns] for a, b in towns])


@st.composite
def any_travel_times(draw: st.DrawFn, most_towns: int = 6) -> MatrixTravelTimes:
    """Durations and distances without geometry: a detour may be the faster way, and there is not like back."""
    towns = draw(st.integers(3, most_towns))
    row = st.lists(st.integers(0, 2400), min_size=towns, max_size=towns)
    durations_s, distances_m = (
        np.array(draw(st.lists(row, min_size=towns, max_size=towns)), dtype=np.int32) for _ in range(2)
    )
    return MatrixTravelTimes(durations_s, distances_m * 10)


def any_loads() -> st.SearchStrategy[Load]:
    """A party with anything that may be taken along, but never nothing at all."""
    counts = {kind: st.sampled_from((0, 0, 0, 1)) for kind in KINDS_OF_PLACES[1:]}
    return st.builds(Load, seat=st.integers(0, 2), **counts).filter(lambda load: load != NOTHING)


def any_layouts() -> st.SearchStrategy[tuple[Load, ...]]:
    """Up to three layouts with places of any kind; a place may be worth having in one of them only."""
    counts = {kind: st.sampled_from((0, 1, 2)) for kind in KINDS_OF_PLACES[1:]}
    return st.lists(st.builds(Load, seat=st.integers(1, 8), **counts), min_size=1, max_size=3).map(tuple)


@st.composite
def shifts(draw: st.DrawFn, number: int, towns: int) -> Shift:
    """A shift of four to eight hours, with up to two breaks one after the other."""
    start_s = draw(st.integers(5, 9)) * HOUR_S
    end_s = start_s + draw(st.integers(4, 8)) * HOUR_S
    town = st.integers(0, towns - 1).map(LocationIndex)
    breaks = []
    earliest_s = start_s
    for _ in range(draw(st.integers(0, 2))):
        earliest_s += draw(st.integers(0, 3600))
        width_s, duration_s = draw(st.integers(600, 5400)), draw(st.sampled_from((900, 1800)))
        breaks.append(Break(TimeWindow(earliest_s, earliest_s + width_s), duration_s))
        earliest_s += duration_s
    return Shift(
        id=ShiftId(f"shift-{number}"),
        vehicle_id=VehicleId(f"vehicle-{number}"),
        start=draw(town),
        end=draw(town),
        start_s=start_s,
        end_s=end_s,
        layouts=draw(st.sampled_from(LAYOUTS) | any_layouts()),
        breaks=tuple(breaks),
    )


@st.composite
def special_shifts(draw: st.DrawFn, shift: Shift, towns: int) -> Shift:
    """The shift with places for its breaks, charging, a longest duration, a range or an owner who asks more."""
    town = st.integers(0, towns - 1).map(LocationIndex)
    breaks = []
    for pause in shift.breaks:
        location = draw(st.none() | town)
        breaks.append(replace(pause, location=location, recharges=location is not None and draw(st.booleans())))
    return replace(
        shift,
        breaks=tuple(breaks),
        max_duration_s=draw(st.none() | st.integers(2, 6).map(lambda hours: hours * HOUR_S)),
        range_m=draw(st.none() | st.integers(30_000, 200_000)),
        costs=OwnerCosts(
            drive_s_factor=draw(st.sampled_from((1.0, 1.5))),
            drive_m_factor=draw(st.sampled_from((1.0, 0.5))),
            when_used=draw(st.sampled_from((0.0, 600.0))),
        ),
    )


@st.composite
def cost_weights(draw: st.DrawFn) -> CostWeights:
    """Weights that are binary fractions, so that costs add up without rounding."""
    weight = st.sampled_from((0.0, 0.25, 1.0))
    return CostWeights(
        drive_s=draw(weight),
        drive_m=draw(st.sampled_from((0.0, 0.015625))),
        on_board_s=draw(weight),
        tight_s=draw(weight),
        margin_s=draw(st.sampled_from((120, 0, 600))),
        short_wait_s=draw(weight),
        usable_wait_s=draw(st.sampled_from((900, 0, 3600))),
    )


@st.composite
def requests(draw: st.DrawFn, name: str, times: MatrixTravelTimes, shift_ids: Sequence[ShiftId] = ()) -> Request:
    """A request with a wide or a narrow window at either end, whose ride may take a detour or hardly any.

    It may be for some of ``shift_ids`` only, and may cost less than others if it is left out.
    """
    pickup, dropoff = draw(
        st.tuples(st.integers(0, times.size - 1), st.integers(0, times.size - 1)).filter(
            lambda ends: ends[0] != ends[1]
        )
    )
    direct_s = times.duration_s(LocationIndex(pickup), LocationIndex(dropoff))
    boarding_s, alighting_s = draw(st.sampled_from(((0, 0), (60, 30), (180, 180))))
    earliest_s = draw(st.integers(6 * HOUR_S, 13 * HOUR_S))
    width_s = draw(st.sampled_from((300, 900, 5400, 0)))
    max_ride_s = direct_s + draw(st.sampled_from((900, 3600, 120, 0)))
    dropoff_earliest_s = earliest_s + draw(st.sampled_from((0, direct_s, direct_s + 600)))
    return Request(
        id=RequestId(name),
        pickup=LocationIndex(pickup),
        dropoff=LocationIndex(dropoff),
        pickup_window=TimeWindow(earliest_s, earliest_s + width_s),
        dropoff_window=TimeWindow(dropoff_earliest_s, dropoff_earliest_s + width_s + direct_s + boarding_s + 300),
        load=draw(st.sampled_from(LOADS) | any_loads()),
        boarding_s=boarding_s,
        alighting_s=alighting_s,
        max_ride_s=max_ride_s,
        shift_ids=draw(st.none() | st.frozensets(st.sampled_from(shift_ids), min_size=1)) if shift_ids else None,
        unserved_cost=draw(st.sampled_from((None, 500.0))),
    )


@st.composite
def opened_days(draw: st.DrawFn, times: MatrixTravelTimes, most_shifts: int = 2) -> Problem:
    """Shifts without requests, whose breaks fit into them; some are special, and so are some of the places."""
    town = st.integers(0, times.size - 1).map(LocationIndex)
    plain = Problem({}, {}, times, no_waiting=draw(st.just(frozenset()) | st.frozensets(town)))
    fleet = []
    for number in range(draw(st.integers(1, most_shifts))):
        shift = draw(shifts(number, times.size))
        special = draw(st.just(shift) | special_shifts(shift, times.size))
        fleet.append(special if _opens(special, plain) else shift)
    if not all(_opens(shift, plain) for shift in fleet):
        plain = replace(plain, no_waiting=frozenset())
    locked = draw(st.frozensets(st.sampled_from([shift.id for shift in fleet])))
    return replace(plain, shifts={shift.id: shift for shift in fleet}, order_locked=locked)


def _opens(shift: Shift, problem: Problem) -> bool:
    try:
        opening_run(shift, problem)
    except ValueError:
        return False
    return True


@st.composite
def made_up_days(
    draw: st.DrawFn,
    most_shifts: int = 2,
    most_requests: int = 5,
    *,
    is_under_way: bool = True,
    ways: st.SearchStrategy[MatrixTravelTimes] | None = None,
) -> MadeUpDay:
    """A day whose requests were taken one after the other, each where it cost least; some could not be served.

    With ``is_under_way`` the clock may stand anywhere in the day, so that some visits are fixed. ``ways`` are
    :func:`travel_times` unless others are given.
    """
    times = draw(travel_times() if ways is None else ways)
    problem = draw(opened_days(times, most_shifts))
    shift_ids = sorted(problem.shifts)
    plan = Plan({shift.id: opening_run(shift, problem) for shift in problem.shifts.values()})
    for number in range(draw(st.integers(0, most_requests))):
        request = draw(requests(f"request-{number}", times, shift_ids))
        insertion = best_insertion(request, problem, plan)
        problem = problem.with_request(request)
        plan = Plan(plan.runs, plan.unserved | {request.id}) if insertion is None else plan.with_run(insertion.run)
    if is_under_way:
        problem = replace(problem, not_before_s=draw(st.integers(4, 14)) * HOUR_S)
    return MadeUpDay(problem, plan, draw(requests("another", times, shift_ids)))
