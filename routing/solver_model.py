"""The changeable part of a plan as a routing model of OR-Tools.

The model knows travel and service times, windows, ride limits, interchangeable layouts, and the fixed part of every
run: each vehicle starts where its last fixed visit ends, with the riders whom it has on board. It knows no breaks and
counts no time on board: both are possible, but neither led to better plans in the same time (see
``docs/decisions/0004-insertion-and-or-tools.md``). :mod:`routing.solver` puts the breaks in.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2
from ortools.util.optional_boolean_pb2 import BOOL_TRUE

from routing.model import Action, LocationIndex, Plan, Request, RequestId, Run, Shift, ShiftId, TimeWindow, Visit
from routing.objective import CostWeights
from routing.problem import Problem
from routing.schedule import drive_s, fixed_count, start_times

_COST_SCALE = 100
"""The solver counts in whole numbers: hundredths of a cost."""

_KEEP_FACTOR = 50
"""Leaving out a request that is served already costs so many times as much as not serving a new one."""

_RUINED_VISITS = 10

_PLENTY = 10**6

_TIME = "time"

Orders = dict[ShiftId, list[Visit]]
"""The visits of each run that are still to be made, without breaks, in order."""


@dataclass(frozen=True, slots=True)
class Rest:
    """The part of a run that can still be changed: where and when it begins, and with whom on board.

    Parameters
    ----------
    fixed
        The visits before it.
    on_board
        When the boarding of each rider began who is in the vehicle.
    """

    shift: Shift
    fixed: tuple[Visit, ...]
    place: LocationIndex
    free_s: int
    on_board: Mapping[RequestId, int]

    def breaks(self) -> range:
        """The breaks that are still to be taken."""
        return range(sum(visit.action is Action.BREAK for visit in self.fixed), len(self.shift.breaks))


def rest_of(problem: Problem, run: Run) -> Rest | None:
    """What can still be changed of a run, or None if its visits don't keep their limits (the vehicle is late)."""
    shift, fixed = problem.shifts[run.shift_id], run.visits[: fixed_count(run, problem)]
    if start_times(shift, run.visits, problem, fixed=len(fixed)) is None:
        return None
    on_board: dict[RequestId, int] = {}
    place, free_s = shift.start, shift.start_s
    for visit in fixed:
        place, free_s = visit.location, visit.start_s
        if visit.request_id is None:
            free_s += shift.breaks[visit.break_index or 0].duration_s
        elif visit.action is Action.PICKUP:
            on_board[visit.request_id] = visit.start_s
            free_s += problem.requests[visit.request_id].boarding_s
        else:
            on_board.pop(visit.request_id, None)
            free_s += problem.requests[visit.request_id].alighting_s
    return Rest(shift, fixed, place, max(free_s, problem.not_before_s), on_board)


@dataclass(frozen=True, slots=True)
class _Node:
    """A visit that is still to be made, or where a vehicle starts or ends; ``sign`` is +1 for boarding, -1, or 0."""

    place: LocationIndex
    window: TimeWindow
    service_s: int = 0
    sign: int = 0
    request: Request | None = None

    def load(self) -> tuple[int, ...]:
        """What comes on board, negative for what leaves."""
        return () if self.request is None else tuple(self.sign * count for count in self.request.load.counts())

    def visit(self) -> Visit:
        """The visit, not timed yet."""
        return Visit(
            Action.PICKUP if self.sign > 0 else Action.DROPOFF, self.place, 0, self.request.id if self.request else None
        )


class SolverModel:
    """The nodes of a model, ready to be solved.

    First come the places where the vehicles start, then those where they end, then drop-offs of riders on board, then
    pickup and drop-off of one request after the other, in an order that is drawn by ``rng``.
    """

    def __init__(self, problem: Problem, plan: Plan, weights: CostWeights, rng: np.random.Generator) -> None:
        self.plan, self.weights = plan, weights
        self.rests = [rest for run in plan.runs.values() if (rest := rest_of(problem, run)) is not None]
        self.nodes = [_depot(rest, rest.place, rest.free_s) for rest in self.rests]
        self.nodes += [_depot(rest, rest.shift.end, rest.free_s) for rest in self.rests]
        self.vehicle_of: dict[int, int] = {}
        for vehicle, rest in enumerate(self.rests):
            for request_id, boarded_s in rest.on_board.items():
                self.vehicle_of[len(self.nodes)] = vehicle
                self.nodes.append(_dropoff_of_rider(problem.requests[request_id], boarded_s))
        self.first_pickup = len(self.nodes)
        movable = _movable(problem, plan, self.rests)
        for number in rng.permutation(len(movable)):
            self.nodes += _ends(problem, movable[number])
        places = [node.place for node in self.nodes]
        self.drive_s = np.array([[drive_s(problem, a, b) for b in places] for a in places], dtype=np.int64)
        self.drive_m = np.array(
            [[0 if a == b else problem.times.distance_m(a, b) for b in places] for a in places], dtype=np.int64
        )

    def solve(self, parameters: Any, *, is_warm: bool) -> Orders | None:  # noqa: ANN401 - OR-Tools publishes no types
        """The best order found, or None.

        Parameters
        ----------
        is_warm
            Start from the plan as it is instead of building one.
        """
        if not self.rests or len(self.nodes) == 2 * len(self.rests):
            return None
        count = len(self.rests)
        manager = pywrapcp.RoutingIndexManager(
            len(self.nodes), count, list(range(count)), list(range(count, 2 * count))
        )
        routing = pywrapcp.RoutingModel(manager)
        index_of = manager.NodeToIndex
        self._add_costs_and_times(routing, index_of)
        self._add_loads(routing, index_of)
        limits = self._add_requests(routing, index_of)
        routing.CloseModelWithParameters(parameters)  # reading routes would close it with others
        if is_warm:
            first = routing.solver().Assignment()
            if not routing.RoutesToAssignment(self._routes(index_of), True, True, first):
                return None
            found = routing.SolveFromAssignmentWithParameters(first, parameters)
        else:
            found = routing.SolveWithParameters(parameters)
        del limits  # OR-Tools calls these functions and does not own them
        return None if found is None else self._orders(routing, manager, found)

    def _add_costs_and_times(self, routing: Any, index_of: Callable[[int], int]) -> None:  # noqa: ANN401 - untyped
        service_s = np.array([node.service_s for node in self.nodes], dtype=np.int64)
        cost = self.weights.drive_s * self.drive_s + self.weights.drive_m * self.drive_m
        routing.SetArcCostEvaluatorOfAllVehicles(
            routing.RegisterTransitMatrix(np.rint(cost * _COST_SCALE).astype(np.int64).tolist())
        )
        horizon_s = max(node.window.latest_s for node in self.nodes)
        routing.AddDimension(
            routing.RegisterTransitMatrix((self.drive_s + service_s[:, None]).tolist()),
            horizon_s,
            horizon_s,
            False,
            _TIME,
        )
        time = routing.GetDimensionOrDie(_TIME)
        for vehicle in range(len(self.rests)):
            routing.SetVehicleUsedWhenEmpty(True, vehicle)
            for node, index in ((vehicle, routing.Start(vehicle)), (-1, routing.End(vehicle))):
                window = self.nodes[node if node >= 0 else len(self.rests) + vehicle].window
                time.CumulVar(index).SetRange(window.earliest_s, window.latest_s)
        for node in range(2 * len(self.rests), len(self.nodes)):
            window = self.nodes[node].window
            time.CumulVar(index_of(node)).SetRange(window.earliest_s, window.latest_s)

    def _add_requests(self, routing: Any, index_of: Callable[[int], int]) -> list[Callable[[int, int], int]]:  # noqa: ANN401 - untyped
        """Pair the ends of each request; returns the functions that have to live as long as the model."""
        time, solver = routing.GetDimensionOrDie(_TIME), routing.solver()
        for node, vehicle in self.vehicle_of.items():
            routing.VehicleVar(index_of(node)).SetValue(vehicle)
        served, limits = self.plan.request_ids(), []
        for pair, node in enumerate(range(self.first_pickup, len(self.nodes), 2)):
            pickup, dropoff, request = index_of(node), index_of(node + 1), self.nodes[node].request
            if request is None:
                continue
            limit_s = request.boarding_s + request.max_ride_s
            limits.append(_always(limit_s))
            routing.AddPickupAndDelivery(pickup, dropoff)
            time.SetPickupToDeliveryLimitFunctionForPair(limits[-1], pair)
            solver.Add(routing.VehicleVar(pickup) == routing.VehicleVar(dropoff))
            solver.Add(time.CumulVar(pickup) <= time.CumulVar(dropoff))
            solver.Add(time.CumulVar(dropoff) - time.CumulVar(pickup) <= limit_s)
            penalty = round(self.weights.unserved * _COST_SCALE * (_KEEP_FACTOR if request.id in served else 1))
            routing.AddDisjunction([pickup], penalty)
            routing.AddDisjunction([dropoff], penalty)
        return limits

    def _add_loads(self, routing: Any, index_of: Callable[[int], int]) -> None:  # noqa: ANN401 - untyped
        """One dimension for each kind of place that somebody needs, and one layout that has room for all of them."""
        loads = [node.load() for node in self.nodes]
        kinds = [kind for kind in range(5) if any(load and load[kind] for load in loads)]
        layouts = [_widest(rest.shift, kinds) for rest in self.rests]
        cumuls = []
        for column, kind in enumerate(kinds):
            on_board = [0] * len(self.rests)
            for node, vehicle in self.vehicle_of.items():
                on_board[vehicle] -= loads[node][kind]
            widest = [max(layout[column] for layout in of_vehicle) for of_vehicle in layouts]
            routing.AddDimensionWithVehicleCapacity(
                routing.RegisterUnaryTransitVector([load[kind] if load else 0 for load in loads]),
                0,
                [max(counts) for counts in zip(widest, on_board, strict=True)],
                False,
                f"load {kind}",
            )
            cumuls.append(routing.GetDimensionOrDie(f"load {kind}").CumulVar)
            for vehicle, count in enumerate(on_board):
                cumuls[-1](routing.Start(vehicle)).SetValue(count)
        if max(map(len, layouts)) > 1:
            self._add_layouts(routing, index_of, layouts, dict(zip(kinds, cumuls, strict=True)))

    def _add_layouts(
        self,
        routing: Any,  # noqa: ANN401 - untyped
        index_of: Callable[[int], int],
        layouts: Sequence[Sequence[tuple[int, ...]]],
        cumuls: Mapping[int, Callable[[int], Any]],
    ) -> None:
        """After every pickup, some layout of the vehicle has as many places left as it needs, or more."""
        solver = routing.solver()
        for node in range(self.first_pickup, len(self.nodes), 2):
            index, load = index_of(node), self.nodes[node].load()
            vehicle_or_none = routing.VehicleVar(index) + 1  # 0 where nobody serves the request: then there is room
            least_room = []
            for choice in range(max(map(len, layouts))):
                room = []
                for column, (kind, cumul) in enumerate(cumuls.items()):
                    places = [of_vehicle[min(choice, len(of_vehicle) - 1)][column] for of_vehicle in layouts]
                    room.append(solver.Element([_PLENTY, *places], vehicle_or_none) - cumul(index) - load[kind])
                least_room.append(solver.Min(room))
            solver.Add(solver.Max(least_room) >= 0)

    def _routes(self, index_of: Callable[[int], int]) -> list[list[int]]:
        """The plan as it is, in the model's numbers."""
        node_of = {
            (node.request.id, node.sign): number for number, node in enumerate(self.nodes) if node.request is not None
        }
        return [
            [
                index_of(node_of[visit.request_id, 1 if visit.action is Action.PICKUP else -1])
                for visit in self.plan.runs[rest.shift.id].visits[len(rest.fixed) :]
                if visit.request_id is not None
            ]
            for rest in self.rests
        ]

    def _orders(self, routing: Any, manager: Any, found: Any) -> Orders:  # noqa: ANN401 - untyped
        orders: Orders = {}
        for vehicle, rest in enumerate(self.rests):
            order = orders[rest.shift.id] = []
            index = found.Value(routing.NextVar(routing.Start(vehicle)))
            while not routing.IsEnd(index):
                order.append(self.nodes[manager.IndexToNode(index)].visit())
                index = found.Value(routing.NextVar(index))
        return orders


def search_parameters(seconds: float | None, solutions: int | None, *, is_warm: bool) -> Any:  # noqa: ANN401 - OR-Tools publishes no types
    """How the solver searches.

    From nothing: cheapest insertion, then iterated local search (ruin ten visits, insert them again, descend). From a
    plan: guided local search, as iterated search can't start from one. Both use insertion as their large moves, and
    both may go on for ever; so without a time limit the search stops where no move makes the plan cheaper.
    """
    metaheuristics = routing_enums_pb2.LocalSearchMetaheuristic
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.LOCAL_CHEAPEST_COST_INSERTION
    parameters.local_search_metaheuristic = metaheuristics.GREEDY_DESCENT
    for neighbours in ("expensive_chain", "close_nodes"):
        for insertion in ("global_cheapest", "local_cheapest"):
            setattr(parameters.local_search_operators, f"use_{insertion}_insertion_{neighbours}_lns", BOOL_TRUE)
    if seconds is not None and is_warm:
        parameters.local_search_metaheuristic = metaheuristics.GUIDED_LOCAL_SEARCH
    elif seconds is not None:
        parameters.use_iterated_local_search = True
        iterated = parameters.iterated_local_search_parameters
        iterated.reference_solution_acceptance_strategy.simulated_annealing.automatic_temperatures = True
        ruin = iterated.ruin_recreate_parameters
        ruin.ruin_strategies.add().random_walk.num_removed_visits = _RUINED_VISITS
        ruin.recreate_strategy.heuristic = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    if seconds is not None:
        parameters.time_limit.FromMilliseconds(max(1, round(seconds * 1000)))
    if solutions is not None:
        parameters.solution_limit = solutions
    return parameters


def _always(value: int) -> Callable[[int, int], int]:
    return lambda _pickup, _dropoff: value


def _depot(rest: Rest, place: LocationIndex, free_s: int) -> _Node:
    return _Node(place, TimeWindow(min(free_s, rest.shift.end_s), rest.shift.end_s))


def _movable(problem: Problem, plan: Plan, rests: Sequence[Rest]) -> list[Request]:
    """The requests of the runs in the model that are not fixed, and those that nobody serves."""
    fixed = {visit.request_id for rest in rests for visit in rest.fixed}
    served = {request_id for rest in rests for request_id in plan.runs[rest.shift.id].request_ids()}
    return [
        problem.requests[request_id]
        for request_id in sorted((served | plan.unserved) - fixed)
        if request_id in problem.requests and _ends(problem, problem.requests[request_id])
    ]


def _dropoff_of_rider(request: Request, boarded_s: int) -> _Node:
    window = request.dropoff_window
    latest_s = min(window.latest_s, boarded_s + request.boarding_s + request.max_ride_s)
    return _Node(request.dropoff, TimeWindow(window.earliest_s, latest_s), request.alighting_s, -1, request)


def _ends(problem: Problem, request: Request) -> tuple[_Node, ...]:
    """Pickup and drop-off with their windows as far as the other end and the ride limit leave them.

    Nothing if they leave nothing. Tightened after Cordeau, "A branch-and-cut algorithm for the dial-a-ride
    problem" (2006), section 5.1.1.
    """
    pickup, dropoff = request.pickup_window, request.dropoff_window
    least_s = request.boarding_s + drive_s(problem, request.pickup, request.dropoff)
    most_s = request.boarding_s + request.max_ride_s
    earliest_s = max(pickup.earliest_s, dropoff.earliest_s - most_s)
    latest_s = min(pickup.latest_s, dropoff.latest_s - least_s)
    if earliest_s > latest_s or least_s > most_s:
        return ()
    begins = TimeWindow(earliest_s, latest_s)
    ends = TimeWindow(max(dropoff.earliest_s, earliest_s + least_s), min(dropoff.latest_s, latest_s + most_s))
    return (
        _Node(request.pickup, begins, request.boarding_s, 1, request),
        _Node(request.dropoff, ends, request.alighting_s, -1, request),
    )


def _widest(shift: Shift, kinds: Sequence[int]) -> list[tuple[int, ...]]:
    """The layouts of a vehicle in the given kinds of places, without those that another one includes."""
    layouts = {tuple(layout.counts()[kind] for kind in kinds) for layout in shift.layouts}
    return sorted(
        layout
        for layout in layouts
        if not any(other != layout and all(a <= b for a, b in zip(layout, other, strict=True)) for other in layouts)
    )
