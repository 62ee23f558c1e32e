"""What a connection search is asked."""

from dataclasses import dataclass

from gtfs.itinerary import EndLeg, FixedStopId, RouteId


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for. Exactly one of ``depart_after_s`` and ``arrive_by_s`` is given.

    Parameters
    ----------
    access, egress
        Ways from the origin to stops and from stops to the destination. The time to change is part of their
        durations; next to a leg that is not on foot, the search may add a walk to another stop.
    depart_after_s
        Itineraries begin from then on, ``window_s`` long (both ends inclusive).
    arrive_by_s
        Itineraries end until then, within ``window_s`` before it (both ends inclusive).
    max_line_legs
        At most so many vehicles, 1 or more.
    min_change_s
        Between two lines at one stop; between two stops on top of the walk (see ``Footpaths.changes``).
    longest_s
        No itinerary lasts longer, waiting included.
    needs_wheelchair, needs_bike
        Only vehicles that take one along; for wheelchairs also only stops at which one can board and alight.
    trusts_silence
        Where a feed says nothing about wheelchairs or bikes, it is taken for a yes; else for a no.
    only_routes, without_routes
        Lines that may be used (all when ``None``), and lines that may not.
    via
        A stop or station at which one must board, alight or be on board, whichever of its stops it is.
    """

    access: tuple[EndLeg, ...]
    egress: tuple[EndLeg, ...]
    depart_after_s: int | None = None
    arrive_by_s: int | None = None
    window_s: int = 7200
    max_line_legs: int = 3
    min_change_s: int = 120
    longest_s: int = 6 * 3600
    needs_wheelchair: bool = False
    needs_bike: bool = False
    trusts_silence: bool = False
    only_routes: frozenset[RouteId] | None = None
    without_routes: frozenset[RouteId] = frozenset()
    via: FixedStopId | None = None

    def __post_init__(self) -> None:
        if (self.depart_after_s is None) == (self.arrive_by_s is None):
            msg = "a query gives either depart_after_s or arrive_by_s"
            raise ValueError(msg)
        if self.max_line_legs < 1:
            msg = f"an itinerary has one line leg at least, so max_line_legs cannot be {self.max_line_legs}"
            raise ValueError(msg)
        durations = (leg.duration_s for leg in (*self.access, *self.egress))
        if min(self.window_s, self.min_change_s, self.longest_s, *durations) < 0:
            msg = "durations, window_s, min_change_s and longest_s are not negative"
            raise ValueError(msg)
