"""Problems in our own JSON: everything that :class:`~routing.problem.Problem` can say (see ``docs/solve-json.md``)."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.graph import EARTH_RADIUS_M
from routing.instance import Instance, InstanceError, InstanceFormat
from routing.instance_fields import Fields
from routing.instance_parts import REQUEST_FIELDS, SHIFT_FIELDS, known_name, read_plan, read_request, read_shift
from routing.model import LocationIndex, Request, RequestId, Shift, ShiftId
from routing.objective import CostWeights
from routing.problem import Problem
from routing.schedule import drive_s, opening_run
from routing.travel_times import UNREACHABLE_S, MatrixTravelTimes

VERSION = 1

USUAL_DETOUR = 1.3
"""How much longer a road is than the straight line, if the file doesn't say."""

_FIELDS = frozenset(
    {"rufnetz", "name", "locations", "travel", "shifts", "requests", "not_before_s", "order_locked"}
    | {"no_waiting", "weights", "plan"}
)
_TRAVEL_FIELDS = frozenset(("durations_s", "distances_m", "speed_kmh", "detour"))


def read_json(path: Path) -> Instance:
    """Read a problem, and the plan to begin with if the file has one.

    Raises
    ------
    InstanceError
        If the file is no JSON, lacks something, has something that is not known, or contradicts itself.
    """
    whole = Fields.of(_document(path), str(path), _FIELDS)
    if whole.get("rufnetz") != VERSION:
        whole.reject("rufnetz", f"is {whole.get('rufnetz')!r}; the version of this format is {VERSION}")
    places, coordinates = _locations(whole)
    index_of = {place: LocationIndex(number) for number, place in enumerate(places)}
    shifts = _shifts(whole, index_of)
    problem = Problem(
        shifts=shifts,
        requests=_requests(whole, index_of, shifts),
        times=_travel(whole, coordinates),
        not_before_s=whole.whole("not_before_s", 0),
        order_locked=frozenset(
            ShiftId(known_name(whole, "order_locked", name, shifts)) for name in whole.texts("order_locked")
        ),
        no_waiting=frozenset(
            index_of[known_name(whole, "no_waiting", name, index_of)] for name in whole.texts("no_waiting")
        ),
    )
    for number, shift in enumerate(shifts.values()):
        _check_shift(f"{path}.shifts[{number}]", shift, problem)
    for number, request in enumerate(problem.requests.values()):
        _check_request(f"{path}.requests[{number}]", request, problem)
    return Instance(
        name=whole.text("name") if whole.has("name") else path.stem,
        format=InstanceFormat.JSON,
        problem=problem,
        weights=_weights(whole),
        unit=1,
        places=places,
        start=read_plan(whole, problem, index_of) if whole.has("plan") else None,
    )


def _document(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        msg = f"{path} can't be read: {fault.strerror}. Give the path of a JSON file."
        raise InstanceError(msg) from fault
    except UnicodeDecodeError as fault:
        msg = f"{path} is no text in UTF-8; save it as UTF-8"
        raise InstanceError(msg) from fault
    except json.JSONDecodeError as fault:
        msg = f"{path}, line {fault.lineno}, column {fault.colno} is no JSON: {fault.msg}. Is the file cut off?"
        raise InstanceError(msg) from fault


def _locations(whole: Fields) -> tuple[tuple[str, ...], list[tuple[float, float] | None]]:
    """The names of the locations, and lon and lat of those that have them."""
    places: list[str] = []
    coordinates: list[tuple[float, float] | None] = []
    for where, value in whole.items("locations"):
        part = Fields.of(value, where, frozenset(("id", "lon", "lat")))
        place = part.text("id")
        if place in places:
            part.reject("id", f"is {place!r} for the second time; every location has a name of its own")
        places.append(place)
        coordinates.append((_degrees(part, "lon", 180), _degrees(part, "lat", 90)) if part.has("lon") else None)
    if not places:
        whole.reject("locations", "is empty; a problem has at least one place")
    return tuple(places), coordinates


def _degrees(part: Fields, name: str, limit: int) -> float:
    value = part.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not -limit <= value <= limit:
        part.reject(name, f"is {value!r}; write degrees from -{limit} to {limit}")
    return float(value)


def _travel(whole: Fields, coordinates: list[tuple[float, float] | None]) -> MatrixTravelTimes:
    """Durations and distances: two matrices, or straight lines at a speed."""
    where = f"{whole.where}.travel"
    part = Fields.of(whole.get("travel"), where, _TRAVEL_FIELDS)
    if part.has("durations_s") == part.has("speed_kmh"):
        msg = f"{where} needs either 'durations_s' and 'distances_m' or 'speed_kmh'"
        raise InstanceError(msg)
    if part.has("durations_s"):
        durations_s = _matrix(part, "durations_s", len(coordinates))
        return MatrixTravelTimes(durations_s, _matrix(part, "distances_m", len(coordinates)))
    speed_kmh, detour = part.number("speed_kmh"), part.number("detour", USUAL_DETOUR)
    if speed_kmh == 0 or detour < 1:
        msg = f"{where} needs a speed of more than 0 and a detour of at least 1"
        raise InstanceError(msg)
    points = [point for point in coordinates if point is not None]
    if len(points) < len(coordinates):
        msg = f"{whole.where}.locations[{coordinates.index(None)}] needs 'lon' and 'lat', as there is no matrix"
        raise InstanceError(msg)
    distances_m = _great_circles_m(points) * detour
    return MatrixTravelTimes(
        np.ceil(distances_m * 3.6 / speed_kmh).astype(np.int32), np.rint(distances_m).astype(np.int32)
    )


def _great_circles_m(points: list[tuple[float, float]]) -> NDArray[np.float64]:
    """Distances on the globe by the haversine formula."""
    lon, lat = np.radians(np.array(points, dtype=np.float64).T)
    lon_difference, lat_difference = lon[:, None] - lon[None, :], lat[:, None] - lat[None, :]
    cosines = np.cos(lat)[:, None] * np.cos(lat)[None, :]
    root = np.sin(lat_difference / 2) ** 2 + cosines * np.sin(lon_difference / 2) ** 2
    distances: NDArray[np.float64] = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(root))
    return distances


def _matrix(part: Fields, name: str, size: int) -> NDArray[np.int32]:
    """A square matrix of whole numbers; null stands for a pair without a way."""
    rows = []
    for where, row in part.items(name):
        if not isinstance(row, list) or len(row) != size:
            msg = f"{where} must be a list of {size} numbers, one for each location"
            raise InstanceError(msg)
        values = [UNREACHABLE_S if value is None else value for value in row]
        if not all(type(value) is int and 0 <= value <= UNREACHABLE_S for value in values):
            msg = f"{where} must have whole numbers of 0 or more, or null where no way leads"
            raise InstanceError(msg)
        rows.append(values)
    if len(rows) != size:
        part.reject(name, f"has {len(rows)} rows; write {size}, one for each location")
    return np.array(rows, dtype=np.int32)


def _shifts(whole: Fields, index_of: Mapping[str, LocationIndex]) -> dict[ShiftId, Shift]:
    shifts: dict[ShiftId, Shift] = {}
    for where, value in whole.items("shifts"):
        shift = read_shift(Fields.of(value, where, SHIFT_FIELDS), index_of)
        if shift.id in shifts:
            msg = f"{where}.id is {shift.id!r} for the second time; every shift has an id of its own"
            raise InstanceError(msg)
        shifts[shift.id] = shift
    return shifts


def _requests(
    whole: Fields, index_of: Mapping[str, LocationIndex], shifts: Mapping[ShiftId, Shift]
) -> dict[RequestId, Request]:
    requests: dict[RequestId, Request] = {}
    for where, value in whole.items("requests"):
        request = read_request(Fields.of(value, where, REQUEST_FIELDS), index_of, shifts)
        if request.id in requests:
            msg = f"{where}.id is {request.id!r} for the second time; every request has an id of its own"
            raise InstanceError(msg)
        requests[request.id] = request
    return requests


def _check_shift(where: str, shift: Shift, problem: Problem) -> None:
    """Whether the breaks of a shift fit into it."""
    try:
        opening_run(shift, problem)
    except ValueError as fault:
        msg = f"{where}: {fault}"
        raise InstanceError(msg) from fault


def _check_request(where: str, request: Request, problem: Problem) -> None:
    """Whether a request contradicts itself, so that no vehicle in the world could serve it."""
    direct_s = drive_s(problem, request.pickup, request.dropoff)
    if direct_s >= UNREACHABLE_S:
        msg = f"{where}: no way leads from its pickup to its drop-off; correct 'travel' or one of the two"
        raise InstanceError(msg)
    if direct_s > request.max_ride_s:
        msg = f"{where}.max_ride_s is {request.max_ride_s}, but the direct way takes {direct_s}; raise it"
        raise InstanceError(msg)
    alights_s = request.pickup_window.earliest_s + request.boarding_s + direct_s
    if alights_s > request.dropoff_window.latest_s:
        msg = (
            f"{where}: who boards at {request.pickup_window.earliest_s} alights at {alights_s}, after the drop-off "
            f"window ends at {request.dropoff_window.latest_s}; widen one of the windows"
        )
        raise InstanceError(msg)
    boards_s = request.dropoff_window.earliest_s - request.max_ride_s - request.boarding_s
    if boards_s > request.pickup_window.latest_s:
        msg = (
            f"{where}: who alights at {request.dropoff_window.earliest_s} boards at {boards_s} or later, after the "
            f"pickup window ends at {request.pickup_window.latest_s}; widen a window or raise max_ride_s"
        )
        raise InstanceError(msg)


def _weights(whole: Fields) -> CostWeights:
    usual = CostWeights()
    if not whole.has("weights"):
        return usual
    usual_figures = asdict(usual)
    part = Fields.of(whole.get("weights"), f"{whole.where}.weights", frozenset(usual_figures))
    figures: dict[str, Any] = {
        name: part.whole(name, figure) if isinstance(figure, int) else part.number(name, figure)
        for name, figure in usual_figures.items()
    }
    return CostWeights(**figures)
