"""Arranged trips after a change: some leave, others come, and what stays is not arranged again."""

import numpy as np
import numpy.typing as npt

from gtfs.patterns import with_boardings
from gtfs.patterns_change_kernel import copy_patterns
from gtfs.patterns_kernel import Patterns


def rearrange(patterns: Patterns, stays: npt.NDArray[np.bool_], more: Patterns) -> Patterns:
    """The patterns without the trips that leave, and those of new trips behind them.

    A pattern whose trips leave stays free of overtaking; new trips get patterns of their own, so that one which is
    late enough to overtake or be overtaken cannot disturb the others.

    Parameters
    ----------
    stays
        Per trip of the day.
    more
        The new trips arranged among themselves; they come behind those that stay in the numbering of the day.
    """
    is_kept = stays[patterns.day_trip].astype(np.uint8)
    counts = (
        np.add.reduceat(is_kept, patterns.first_trip[:-1], dtype=np.int64) if is_kept.size else np.empty(0, np.int64)
    )
    lengths = np.diff(patterns.first_position)
    used = counts > 0
    first_trip = _starts(np.concatenate([counts[used], np.diff(more.first_trip)]))
    first_position = _starts(np.concatenate([lengths[used], np.diff(more.first_position)]))
    first_time = _starts(np.concatenate([(counts * lengths)[used], np.diff(more.first_time)]))
    number = np.concatenate([np.cumsum(stays) - 1, stays.sum() + np.arange(more.day_trip.size)]).astype(np.int32)
    position_is_kept = np.repeat(used, lengths)
    kept_day_trips = patterns.day_trip[is_kept.astype(np.bool_)]
    joined = Patterns(
        first_position=first_position.astype(np.int32),
        first_trip=first_trip.astype(np.int32),
        first_time=first_time,
        stop=np.concatenate([patterns.stop[position_is_kept], more.stop]),
        can_board=np.concatenate([patterns.can_board[position_is_kept], more.can_board]),
        can_alight=np.concatenate([patterns.can_alight[position_is_kept], more.can_alight]),
        arrivals=np.empty(first_time[-1], np.int32),
        departures=np.empty(first_time[-1], np.int32),
        pattern=np.repeat(np.arange(first_trip.size - 1, dtype=np.int32), np.diff(first_trip)),
        day_trip=np.concatenate([number[kept_day_trips], number[stays.size + more.day_trip]]),
        sign=np.concatenate([patterns.sign[used], more.sign]),
        first_boarding=np.zeros_like(patterns.first_boarding),
        boardings=patterns.boardings[:0],
    )
    end = copy_patterns(patterns, is_kept, joined.arrivals, joined.departures)
    joined.arrivals[end:] = more.arrivals
    joined.departures[end:] = more.departures
    return with_boardings(joined)


def _starts(counts: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
