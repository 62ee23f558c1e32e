"""The search itself: all best ways through a day's patterns for a range of starting times.

Rounds as in RAPTOR [1]_: round ``k`` finds what is reached with ``k`` vehicles. The starting times are taken latest
first and what was found stays in place, so a way survives only if it beats every way that begins later. Inside a round
the work is done per trip, from where it is boarded to where it, or one before it in its pattern, was boarded already
[2]_. A search against time is the same search on mirrored trips, see :meth:`gtfs.patterns.DayTrip.mirrored`.

References
----------
.. [1] D. Delling, T. Pajor, R. F. Werneck: Round-Based Public Transit Routing. Transportation Science 49 (2015).
.. [2] S. Witt: Trip-Based Public Transit Routing. ESA 2015.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from gtfs.footpaths import FootpathLists
from gtfs.patterns import Patterns

_NEVER = 10**9


@dataclass(frozen=True, slots=True)
class End:
    """An end leg in the direction of the search; which one is which only the caller knows.

    Parameters
    ----------
    key
        Number of the leg.
    stop
        Index of its stop.
    earliest_s, latest_s
        When it can begin.
    may_walk
        Whether a walk to another stop may follow (or precede) it.
    """

    key: int
    stop: int
    duration_s: int
    earliest_s: int
    latest_s: int
    may_walk: bool


@dataclass(frozen=True, slots=True)
class Ride:
    """A vehicle from one call to another, in the direction of the search, and the ride before it."""

    pattern: int
    trip: int
    """Number within the pattern."""
    board: int
    alight: int
    before: "Ride | None"
    start_key: int
    """Number of the first end leg of the whole way."""


@dataclass(frozen=True, slots=True)
class Way:
    """A best way: when it begins and ends, its last ride, and the number of its last end leg."""

    begin_s: int
    end_s: int
    last_ride: Ride
    end_key: int


@dataclass(frozen=True, slots=True)
class Limits:
    """When a way must begin (both inclusive), how many vehicles it may take and how long it may be."""

    from_s: int
    to_s: int
    max_rides: int
    longest_s: int


@dataclass(frozen=True, slots=True)
class Board:
    """To board a trip at a position; ``before`` is the ride one changes from."""

    pattern: int
    trip: int
    position: int
    before: Ride | None
    start_key: int


@dataclass(frozen=True, slots=True)
class Net:
    """What the search runs on: patterns, changes from line to line, and walks next to end legs."""

    patterns: Patterns
    changes: FootpathLists
    walks: FootpathLists


@dataclass(slots=True)
class _State:
    """What is known so far; index 0 of the rounds is unused."""

    net: Net
    limits: Limits
    exits: dict[int, list[tuple[int, End]]]
    arrival: list[list[int]] = field(init=False)
    """Earliest arrival by vehicle, per round and stop."""
    ready: list[list[int]] = field(init=False)
    """Earliest time one can board after a change, per round and stop."""
    boarded: list[list[int]] = field(init=False)
    """First position at which a trip, or one before it, was boarded, per round and trip."""
    best_end: list[int] = field(init=False)

    def __post_init__(self) -> None:
        rounds = range(self.limits.max_rides + 1)
        stop_count = len(self.net.patterns.boardings)
        self.arrival = [[_NEVER] * stop_count for _ in rounds]
        self.ready = [[_NEVER] * stop_count for _ in rounds]
        self.boarded = [[_NEVER] * self.net.patterns.trip_count for _ in rounds]
        self.best_end = [_NEVER for _ in rounds]


def search_ways(net: Net, starts: Sequence[End], ends: Iterable[End], limits: Limits) -> list[Way]:
    """All ways that no other beats in beginning later, ending earlier and taking fewer vehicles.

    Of ways that are equal in all three, one is given. Ways come latest beginning first, then fewest vehicles first.
    """
    exits: dict[int, list[tuple[int, End]]] = {}
    for end in ends:
        exits.setdefault(end.stop, []).append((0, end))
        for stop, walk_s in _walks_to(net, end):
            exits.setdefault(stop, []).append((walk_s, end))
    state = _State(net, limits, exits)
    boards = sorted(
        _boards(net, starts, limits), key=lambda b: (-b[0], b[1].pattern, b[1].position, b[1].trip, b[1].start_key)
    )
    ways: list[Way] = []
    for begin_s, group in groupby(boards, key=lambda b: b[0]):
        ways += _ways_beginning(state, begin_s, [board for _, board in group])
    return ways


def _walks_to(net: Net, end: End) -> tuple[tuple[int, int], ...]:
    return net.walks[end.stop] if end.may_walk else ()


def _boards(net: Net, starts: Sequence[End], limits: Limits) -> Iterator[tuple[int, Board]]:
    """The first vehicles one can take, each with the latest time at which a way to it begins."""
    for start in starts:
        first_s = max(start.earliest_s, limits.from_s)
        last_s = min(start.latest_s, limits.to_s)
        if first_s > last_s:
            continue
        for stop, walk_s in ((start.stop, 0), *_walks_to(net, start)):
            lead_s = start.duration_s + walk_s
            for pattern, position, departures in net.patterns.boardings[stop]:
                first = bisect_left(departures, first_s + lead_s)
                after = bisect_right(departures, last_s + lead_s)
                for trip in range(first, after):
                    yield departures[trip] - lead_s, Board(pattern, trip, position, None, start.key)
                if start.latest_s <= limits.to_s and after < len(departures):
                    # The leg cannot begin later: one waits for the next vehicle at the stop.
                    yield start.latest_s, Board(pattern, after, position, None, start.key)


def _ways_beginning(state: _State, begin_s: int, boards: list[Board]) -> list[Way]:
    """The best ways that begin at one time, given all that begin later."""
    ways = []
    for round_ in range(1, state.limits.max_rides + 1):
        next_boards: list[Board] = []
        best: Way | None = None
        for board in boards:
            best = _ride(state, round_, begin_s, board, next_boards) or best
        if best is not None:
            ways.append(best)
        boards = next_boards
    return ways


def _ride(state: _State, round_: int, begin_s: int, board: Board, next_boards: list[Board]) -> Way | None:
    """Ride a trip to all its calls that are new; the best way that ends with it, if it is better than any before."""
    pattern = state.net.patterns.patterns[board.pattern]
    arrivals = pattern.arrivals[board.trip]
    last = min(state.boarded[round_][pattern.first_trip + board.trip], len(arrivals) - 1)
    _mark_boarded(state, round_, board)
    best: Way | None = None
    reached = state.arrival[round_]
    for position in range(board.position + 1, last + 1):
        arrival_s = arrivals[position]
        if arrival_s >= state.best_end[round_] or arrival_s - begin_s > state.limits.longest_s:
            break
        stop = pattern.stops[position]
        if arrival_s >= reached[stop] or not pattern.can_alight[position]:
            continue
        for fewer in range(round_, len(state.arrival)):
            if state.arrival[fewer][stop] <= arrival_s:
                break
            state.arrival[fewer][stop] = arrival_s
        ride = Ride(board.pattern, board.trip, board.position, position, board.before, board.start_key)
        for walk_s, end in state.exits.get(stop, ()):
            best = _finish(state, round_, begin_s, ride, (arrival_s + walk_s, end)) or best
        if round_ < state.limits.max_rides:
            _change(state, round_, arrival_s, ride, next_boards)
    return best


def _mark_boarded(state: _State, round_: int, board: Board) -> None:
    pattern = state.net.patterns.patterns[board.pattern]
    first, after = pattern.first_trip + board.trip, pattern.first_trip + len(pattern.trips)
    for boarded in state.boarded[round_:]:
        for trip in range(first, after):
            if boarded[trip] <= board.position:
                break
            boarded[trip] = board.position


def _finish(state: _State, round_: int, begin_s: int, ride: Ride, exit_: tuple[int, End]) -> Way | None:
    """The way that ends with an end leg at its stop from a time on, if it is better than any before."""
    at_stop_s, end = exit_
    if at_stop_s > end.latest_s:
        return None
    end_s = max(at_stop_s, end.earliest_s) + end.duration_s
    if end_s >= state.best_end[round_] or end_s - begin_s > state.limits.longest_s:
        return None
    for rides in range(round_, len(state.best_end)):
        state.best_end[rides] = min(state.best_end[rides], end_s)
    return Way(begin_s, end_s, ride, end.key)


def _change(state: _State, round_: int, arrival_s: int, ride: Ride, next_boards: list[Board]) -> None:
    """Collect the trips one can change to."""
    net = state.net
    ready = state.ready[round_]
    boarded = state.boarded[round_ + 1]
    for stop, need_s in net.changes[net.patterns.patterns[ride.pattern].stops[ride.alight]]:
        ready_s = arrival_s + need_s
        if ready_s >= ready[stop]:
            continue
        for later in state.ready[round_:]:
            later[stop] = min(later[stop], ready_s)
        for pattern, position, departures in net.patterns.boardings[stop]:
            trip = bisect_left(departures, ready_s)
            if trip < len(departures) and boarded[net.patterns.patterns[pattern].first_trip + trip] > position:
                next_boards.append(Board(pattern, trip, position, ride, ride.start_key))
