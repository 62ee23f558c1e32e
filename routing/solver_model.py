"""The changeable part of a plan as a routing model of OR-Tools.

The model knows travel and service times, windows, ride limits, the longest duration of a run, interchangeable layouts,
who may serve whom, owners' costs, locked orders, and the fixed part of every run: each vehicle starts where its last
fixed visit ends, with the riders whom it has on board. It knows no breaks, no range, no places without waiting, and
counts no time on board: the first and the last are possible, but neither led to better plans in the same time (see
``docs/decisions/0004-insertion-and-or-tools.md``). :mod:`routing.solver` puts the breaks in and checks the rest.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from ortools.constraint_solver import pywrapcp

from routing.model import KINDS_OF_PLACES, Action, OwnerCosts, Plan, RequestId, ShiftId, Visit
from routing.objective import CostWeights
from routing.problem import Problem
from routing.schedule import drive_s
from routing.solver_nodes import dropoff_of_rider, end_of_run, ends_of, list_movable, rest_of
from routing.solver_parameters import Way

_COST_SCALE = 100
"""The solver counts in whole numbers: hundredths of a cost."""

_KEEP_FACTOR = 50
"""Leaving out a request that is promised costs so many times as much as not serving a new one."""

_PLENTY = 10**6

_CHECKS_A_LOOK = 64
"""The solver asks whether it shall stop far more often than a clock need be looked at."""

_TIME = "time"

Orders = dict[ShiftId, list[Visit]]
"""The visits of each run that are still to be made, without breaks, in order."""


class SolverModel:
    """The nodes of a model, ready to be solved.

    First come the places where the vehicles start, then those where they end, then drop-offs of riders on board, then
    pickup and drop-off of one request after the other, in an order that is drawn by ``rng``. Those who are promised a
    ride are hardly ever left out, the others for what it costs.
    """

    def __init__(
        self,
        problem: Problem,
        plan: Plan,
        weights: CostWeights,
        *,
        promised: Collection[RequestId],
        rng: np.random.Generator,
    ) -> None:
        self.problem, self.plan, self.weights, self.promised = problem, plan, weights, promised
        self.rests = [rest for run in plan.runs.values() if (rest := rest_of(problem, run)) is not None]
        self.vehicle_of_shift = {rest.shift.id: vehicle for vehicle, rest in enumerate(self.rests)}
        self.nodes = [end_of_run(problem, rest, rest.place) for rest in self.rests]
        self.nodes += [end_of_run(problem, rest, rest.shift.end) for rest in self.rests]
        self.vehicle_of: dict[int, int] = {}
        for vehicle, rest in enumerate(self.rests):
            for request_id, boarded_s in rest.on_board.items():
                self.vehicle_of[len(self.nodes)] = vehicle
                self.nodes.append(dropoff_of_rider(problem.requests[request_id], boarded_s))
        self.first_pickup = len(self.nodes)
        movable = list_movable(problem, plan, self.rests)
        for number in rng.permutation(len(movable)):
            self.nodes += ends_of(problem, movable[number])
        places = [node.place for node in self.nodes]
        self.drive_s = np.array([[drive_s(problem, a, b) for b in places] for a in places], dtype=np.int64)
        self.drive_m = np.array(
            [[0 if a == b else problem.times.distance_m(a, b) for b in places] for a in places], dtype=np.int64
        )

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to plan."""
        return not self.rests or len(self.nodes) == 2 * len(self.rests)

    def solve(
        self,
        parameters: Any,  # noqa: ANN401 - OR-Tools publishes no types
        *,
        way: Way,
        is_warm: bool = False,
        is_over: Callable[[], bool] | None = None,
        on_orders: Callable[[Orders], None] | None = None,
    ) -> tuple[float, Orders] | None:
        """The cost the model gives to the best order found, and the order; or None.

        Parameters
        ----------
        is_warm
            Start from the plan as it is instead of building one. Iterated search can't.
        is_over
            Asked now and then; the search ends when it says so. Iterated search goes on to its own limit, idly.
        on_orders
            Is given every order that is better than all before.
        """
        if self.is_empty:
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
        self._lock_orders(routing, index_of)
        routing.CloseModelWithParameters(parameters)  # reading routes would close it with others
        if is_over is not None:
            routing.AddSearchMonitor(routing.solver().CustomLimit(_now_and_then(is_over)))
        if on_orders is not None:
            routing.AddAtSolutionCallback(self._reporter(routing, manager, on_orders))
        if is_warm:
            first = routing.solver().Assignment()
            if not routing.RoutesToAssignment(self._routes(index_of), True, True, first):
                return None
            found = routing.SolveFromAssignmentWithParameters(first, parameters)
        elif way is Way.ITERATED:
            found = routing.SolveWithIteratedLocalSearch(parameters)
        else:
            found = routing.SolveWithParameters(parameters)
        del limits  # OR-Tools calls these functions and does not own them
        if found is None:
            return None
        return found.ObjectiveValue() / _COST_SCALE, self._orders(routing, manager, found.Value)

    def _reporter(self, routing: Any, manager: Any, on_orders: Callable[[Orders], None]) -> Callable[[], None]:  # noqa: ANN401 - untyped
        least = [float("inf")]

        def report() -> None:
            cost = routing.CostVar().Value()
            if cost < least[0]:
                least[0] = cost
                on_orders(self._orders(routing, manager, lambda var: var.Value()))

        return report

    def _add_costs_and_times(self, routing: Any, index_of: Callable[[int], int]) -> None:  # noqa: ANN401 - untyped
        service_s = np.array([node.service_s for node in self.nodes], dtype=np.int64)
        evaluators: dict[tuple[float, float], tuple[int, np.ndarray[Any, np.dtype[np.int64]]]] = {}
        for vehicle, rest in enumerate(self.rests):
            factors = (rest.shift.costs.drive_s_factor, rest.shift.costs.drive_m_factor)
            if factors not in evaluators:
                costs = np.rint(self._drive_costs(rest.shift.costs) * _COST_SCALE).astype(np.int64)
                evaluators[factors] = routing.RegisterTransitMatrix(costs.tolist()), costs
            evaluator, costs = evaluators[factors]
            routing.SetArcCostEvaluatorOfVehicle(evaluator, vehicle)
            self._add_fixed_cost(routing, vehicle, int(costs[vehicle, len(self.rests) + vehicle]))
        horizon_s = max(node.window.latest_s for node in self.nodes)
        routing.AddDimension(
            routing.RegisterTransitMatrix((self.drive_s + service_s[:, None]).tolist()),
            horizon_s,
            horizon_s,
            False,
            _TIME,
        )
        time = routing.GetDimensionOrDie(_TIME)
        for vehicle, rest in enumerate(self.rests):
            for node, index in ((vehicle, routing.Start(vehicle)), (len(self.rests) + vehicle, routing.End(vehicle))):
                window = self.nodes[node].window
                time.CumulVar(index).SetRange(window.earliest_s, window.latest_s)
            if rest.shift.max_duration_s is not None and not rest.fixed:
                time.SetSpanUpperBoundForVehicle(rest.shift.max_duration_s, vehicle)
        for node in range(2 * len(self.rests), len(self.nodes)):
            window = self.nodes[node].window
            time.CumulVar(index_of(node)).SetRange(window.earliest_s, window.latest_s)

    def _drive_costs(self, costs: OwnerCosts) -> np.ndarray[Any, np.dtype[np.float64]]:
        return (
            self.weights.drive_s * costs.drive_s_factor * self.drive_s
            + self.weights.drive_m * costs.drive_m_factor * self.drive_m
        )

    def _add_fixed_cost(self, routing: Any, vehicle: int, idle_cost: int) -> None:  # noqa: ANN401 - untyped
        """What the first rider costs. A vehicle that serves nobody drives to its end all the same.

        The model knows vehicles whose way to the end is free as long as they serve nobody, and others that cost
        something in any case. The fixed cost is set off against that way where it is dearer.
        """
        rest = self.rests[vehicle]
        has_served = any(visit.request_id is not None for visit in rest.fixed)
        extra = (0 if has_served else round(rest.shift.costs.when_used * _COST_SCALE)) - idle_cost
        routing.SetVehicleUsedWhenEmpty(extra <= 0, vehicle)
        routing.SetFixedCostOfVehicle(max(0, extra), vehicle)

    def _add_requests(self, routing: Any, index_of: Callable[[int], int]) -> list[Callable[[int, int], int]]:  # noqa: ANN401 - untyped
        """Pair the ends of each request; returns the functions that have to live as long as the model."""
        time, solver = routing.GetDimensionOrDie(_TIME), routing.solver()
        for node, vehicle in self.vehicle_of.items():
            routing.VehicleVar(index_of(node)).SetValue(vehicle)
        limits: list[Callable[[int, int], int]] = []
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
            penalty = round(self.weights.of_unserved(request) * _COST_SCALE / 2)  # one half for each end
            for index in (pickup, dropoff):
                routing.AddDisjunction([index], penalty * (_KEEP_FACTOR if request.id in self.promised else 1))
                if request.shift_ids is not None:
                    allowed = [self.vehicle_of_shift[s] for s in request.shift_ids if s in self.vehicle_of_shift]
                    routing.VehicleVar(index).SetValues([-1, *allowed])  # -1 where nobody serves it
        return limits

    def _lock_orders(self, routing: Any, index_of: Callable[[int], int]) -> None:  # noqa: ANN401 - untyped
        """Rides of a locked run stay in it and in their order."""
        time, solver = routing.GetDimensionOrDie(_TIME), routing.solver()
        for vehicle, rest in enumerate(self.rests):
            if rest.shift.id in self.problem.order_locked:
                indices = self._routes(index_of)[vehicle]
                for index in indices:
                    routing.VehicleVar(index).SetValue(vehicle)
                for before, after in pairwise(indices):
                    solver.Add(time.CumulVar(before) <= time.CumulVar(after))

    def _add_loads(self, routing: Any, index_of: Callable[[int], int]) -> None:  # noqa: ANN401 - untyped
        """One dimension for each kind of place that somebody needs, and one layout that has room for all of them."""
        loads = [node.load() for node in self.nodes]
        kinds = [kind for kind in range(len(KINDS_OF_PLACES)) if any(load and load[kind] for load in loads)]
        layouts = [rest.shift.widest_layouts(kinds) for rest in self.rests]
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
                index_of(node_of[end])
                for visit in self.plan.runs[rest.shift.id].visits[len(rest.fixed) :]
                if (end := (visit.request_id, 1 if visit.action is Action.PICKUP else -1)) in node_of
            ]
            for rest in self.rests
        ]

    def _orders(self, routing: Any, manager: Any, value_of: Callable[[Any], int]) -> Orders:  # noqa: ANN401 - untyped
        orders: Orders = {}
        for vehicle, rest in enumerate(self.rests):
            order = orders[rest.shift.id] = []
            index = value_of(routing.NextVar(routing.Start(vehicle)))
            while not routing.IsEnd(index):
                order.append(self.nodes[manager.IndexToNode(index)].visit())
                index = value_of(routing.NextVar(index))
        return orders


def _now_and_then(is_over: Callable[[], bool]) -> Callable[[], bool]:
    """Ask only once in a while, and no more once it is over."""
    state = {"checks": 0, "is_over": False}

    def check() -> bool:
        state["checks"] += 1
        if state["checks"] % _CHECKS_A_LOOK == 0 and not state["is_over"]:
            state["is_over"] = is_over()
        return bool(state["is_over"])

    return check


def _always(value: int) -> Callable[[int, int], int]:
    return lambda _pickup, _dropoff: value
