"""Times that a feed leaves open between two it gives: filled in by the way between them."""

import numpy as np
import numpy.typing as npt
import polars as pl

from gtfs.geometry import distances_m


def with_open_times(rows: pl.DataFrame, stops: pl.DataFrame) -> pl.DataFrame:
    """The rows with open times filled in as if the vehicle drove evenly.

    The way is measured by ``shape_dist_traveled`` where the feed gives it for all calls in question and it never goes
    back, else along the straight lines between stops.

    Parameters
    ----------
    rows
        Calls with ``stop_id, arrival_s, departure_s, distance`` (null where not given), trips one after the other in
        the order of travel; every trip begins and ends with a time.
    """
    if rows["arrival_s"].null_count() == 0:
        return rows
    timed = np.flatnonzero(rows["arrival_s"].is_not_null().to_numpy())
    still_open = np.flatnonzero(rows["arrival_s"].is_null().to_numpy())
    # Every trip begins and ends with a time, so the neighbours found here are calls of the same trip.
    after = np.searchsorted(timed, still_open)
    left, right = timed[after - 1], timed[after]
    share = _share(_straight(rows, stops), left, still_open, right)
    given = rows["distance"].fill_null(np.nan).to_numpy()
    by_shape = _is_usable(given, left, right)
    share[by_shape] = _share(given, left[by_shape], still_open[by_shape], right[by_shape])
    arrival = rows["arrival_s"].fill_null(0).to_numpy().copy()
    departure = rows["departure_s"].fill_null(0).to_numpy().copy()
    filled_in = departure[left] + np.rint(share * (arrival[right] - departure[left])).astype(np.int64)
    arrival[still_open] = filled_in
    departure[still_open] = filled_in
    return rows.with_columns(pl.Series("arrival_s", arrival), pl.Series("departure_s", departure))


def _straight(rows: pl.DataFrame, stops: pl.DataFrame) -> npt.NDArray[np.float64]:
    places = rows.join(stops.select("stop_id", "lon", "lat"), on="stop_id", how="left", maintain_order="left")
    lon, lat = places["lon"].to_numpy(), places["lat"].to_numpy()
    # A metre more per call keeps calls at one place apart and the sum strictly growing.
    return np.concatenate([[0.0], np.cumsum(distances_m(lon[:-1], lat[:-1], lon[1:], lat[1:]) + 1.0)])


def _share(
    along: npt.NDArray[np.float64], left: npt.NDArray[np.intp], at: npt.NDArray[np.intp], right: npt.NDArray[np.intp]
) -> npt.NDArray[np.float64]:
    share: npt.NDArray[np.float64] = (along[at] - along[left]) / (along[right] - along[left])
    return share


def _is_usable(
    given: npt.NDArray[np.float64], left: npt.NDArray[np.intp], right: npt.NDArray[np.intp]
) -> npt.NDArray[np.bool_]:
    """Whether the distances given never go back from one call to the other, and go on between them in all."""
    # A step that goes back or from or to a blank counts; none may lie between the two calls.
    wrong = np.concatenate([[0], np.cumsum(~(np.diff(given) >= 0))])
    usable: npt.NDArray[np.bool_] = (wrong[right] == wrong[left]) & (given[right] > given[left])
    return usable
