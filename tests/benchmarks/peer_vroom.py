"""VROOM (pyvroom), one thread, its highest exploration level. It takes no seed and may end before its time is over."""

from datetime import timedelta

import numpy as np
import vroom
from peer_windows import Whole, whole_numbers
from verify_answers import Raw

IS_SEEDED = False


def solve(raw: Raw, seconds: float, _seed: int) -> list[list[int]]:
    """Routes as places of the file."""
    whole = whole_numbers(raw)
    problem = vroom.Input()
    problem.set_durations_matrix("car", np.array(whole.durations, dtype=np.uint32))
    problem.set_costs_matrix("car", np.array(whole.distances, dtype=np.uint32))
    for number in range(raw.vehicles):
        problem.add_vehicle(
            vroom.Vehicle(
                number,
                start=0,
                end=0,
                capacity=[raw.capacity],
                time_window=vroom.TimeWindow(*whole.windows[0]),
                costs=vroom.VehicleCosts(fixed=whole.fixed_cost),
            )
        )
    for pickup, dropoff, load in whole.rides:
        problem.add_shipment(_step(whole, pickup), _step(whole, dropoff), amount=vroom.Amount([load]))
    found = problem.solve(exploration_level=5, nb_threads=1, timeout=timedelta(seconds=seconds))
    steps = found.routes
    steps = steps[steps["type"].isin(["pickup", "delivery"])]
    return [list(map(int, route["location_index"])) for _, route in steps.groupby("vehicle_id", sort=True)]


def _step(whole: Whole, place: int) -> vroom.ShipmentStep:
    return vroom.ShipmentStep(
        id=place,
        location=place,
        default_service=whole.services[place],
        time_windows=[vroom.TimeWindow(*whole.windows[place])],
    )
