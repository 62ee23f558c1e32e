"""The values the engine works on: requests, shifts, runs, plans.

Every type is frozen and valid from birth; a change is ``dataclasses.replace``. All times are ``int`` seconds since
the start of the service day (which may pass 86,400), all places are location numbers of the travel times.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from operator import add, le, sub
from typing import NewType, Self

LocationIndex = NewType("LocationIndex", int)
RequestId = NewType("RequestId", str)
ShiftId = NewType("ShiftId", str)
VehicleId = NewType("VehicleId", str)

DAY_END_S = 30 * 3600
"""A service day may run to 30:00, six hours into the next calendar day."""


@dataclass(frozen=True, slots=True, order=True)
class TimeWindow:
    """Earliest and latest start of service, inclusive at both ends."""

    earliest_s: int
    latest_s: int

    def __post_init__(self) -> None:
        if self.earliest_s > self.latest_s:
            msg = f"a time window must not end ({self.latest_s}) before it begins ({self.earliest_s})"
            raise ValueError(msg)

    def __contains__(self, time_s: int) -> bool:
        return self.earliest_s <= time_s <= self.latest_s


@dataclass(frozen=True, slots=True)
class Load:
    """What a party takes, or what a layout offers: a count of each kind of place.

    A child seat is taken along with the seat it stands on; a dog takes floor; luggage is counted in big pieces.
    """

    seat: int = 0
    wheelchair: int = 0
    pram: int = 0
    walking_frame: int = 0
    bike: int = 0
    dog: int = 0
    child_seat: int = 0
    luggage: int = 0

    def __post_init__(self) -> None:
        if any(value < 0 for value in self.counts()):
            msg = "a load has no negative counts"
            raise ValueError(msg)

    def counts(self) -> tuple[int, ...]:
        """The counts in the order of the fields."""
        return (
            self.seat,
            self.wheelchair,
            self.pram,
            self.walking_frame,
            self.bike,
            self.dog,
            self.child_seat,
            self.luggage,
        )

    def __add__(self, other: Self) -> "Load":
        return Load(*map(add, self.counts(), other.counts()))

    def __sub__(self, other: Self) -> "Load":
        return Load(*map(sub, self.counts(), other.counts()))

    def fits_in(self, layout: Self) -> bool:
        """Whether every count is within the layout's."""
        return all(map(le, self.counts(), layout.counts()))

    def fits_one_of(self, layouts: Iterable[Self]) -> bool:
        """Whether the load fits at least one of the interchangeable layouts of a vehicle."""
        return any(self.fits_in(layout) for layout in layouts)

    def as_dict(self) -> dict[str, int]:
        """The counts that are not zero, by name."""
        return {f.name: value for f, value in zip(fields(self), self.counts(), strict=True) if value}


KINDS_OF_PLACES = tuple(f.name for f in fields(Load))
"""The kinds of places on board, in the order of :meth:`Load.counts`."""
NOTHING = Load()


@dataclass(frozen=True, slots=True)
class Request:
    """A ride the engine can place: from where to where, when, with what load, for how long at most.

    Parameters
    ----------
    pickup_window, dropoff_window
        Start of service at either end. Once a ride is promised, these are the promise.
    boarding_s, alighting_s
        Service times at either end.
    max_ride_s
        Longest time from the end of boarding to the start of alighting.
    shift_ids
        The shifts that may serve it, None for all: a ride that a dispatcher gave to one vehicle, or that needs its
        owner.
    unserved_cost
        What it costs to leave it out, None for what the weights say.
    """

    id: RequestId
    pickup: LocationIndex
    dropoff: LocationIndex
    pickup_window: TimeWindow
    dropoff_window: TimeWindow
    load: Load
    boarding_s: int
    alighting_s: int
    max_ride_s: int
    shift_ids: frozenset[ShiftId] | None = None
    unserved_cost: float | None = None

    def __post_init__(self) -> None:
        if self.pickup == self.dropoff:
            msg = f"request {self.id} begins and ends at the same location"
            raise ValueError(msg)
        if min(self.boarding_s, self.alighting_s, self.max_ride_s) < 0:
            msg = f"request {self.id} has a negative duration"
            raise ValueError(msg)
        if self.load == NOTHING:
            msg = f"request {self.id} carries nobody"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Break:
    """A driver's break or a vehicle's charging: begins within the window, lasts ``duration_s``, with nobody on board.

    Parameters
    ----------
    location
        Where it is taken: a depot or a charger. None for wherever the vehicle stands.
    recharges
        Whether the vehicle has its whole range again afterwards.
    """

    window: TimeWindow
    duration_s: int
    location: LocationIndex | None = None
    recharges: bool = False

    def __post_init__(self) -> None:
        if self.duration_s < 0:
            msg = "a break has no negative duration"
            raise ValueError(msg)
        if self.recharges and self.location is None:
            msg = "a vehicle charges at a place: give the break a location"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class OwnerCosts:
    """What a vehicle costs beside another: a taxi at 1.4 times the bus's minute, a car that is paid only when used.

    Parameters
    ----------
    drive_s_factor, drive_m_factor
        Multiply the weights for a second and a metre of driving.
    when_used
        Added once if the shift serves anybody.
    """

    drive_s_factor: float = 1.0
    drive_m_factor: float = 1.0
    when_used: float = 0.0

    def __post_init__(self) -> None:
        if min(self.drive_s_factor, self.drive_m_factor, self.when_used) < 0:
            msg = "an owner's costs are not negative"
            raise ValueError(msg)


USUAL_COSTS = OwnerCosts()


@dataclass(frozen=True, slots=True)
class Shift:
    """A vehicle with a driver, from ``start_s`` at ``start`` to ``end_s`` at ``end`` (half-open).

    Parameters
    ----------
    max_duration_s
        Longest time from leaving ``start`` (which may be put off) to the return, None for the whole shift.
    range_m
        How far the vehicle goes without charging, None for far enough. It sets out full.
    costs
        What its owner asks, beside others.
    """

    id: ShiftId
    vehicle_id: VehicleId
    start: LocationIndex
    end: LocationIndex
    start_s: int
    end_s: int
    layouts: tuple[Load, ...]
    breaks: tuple[Break, ...] = ()
    max_duration_s: int | None = None
    range_m: int | None = None
    costs: OwnerCosts = USUAL_COSTS

    def __post_init__(self) -> None:
        if self.start_s >= self.end_s:
            msg = f"shift {self.id} ends before it begins"
            raise ValueError(msg)
        if not self.layouts:
            msg = f"the vehicle of shift {self.id} has no layout"
            raise ValueError(msg)

    def widest_layouts(self, kinds: Sequence[int]) -> list[tuple[int, ...]]:
        """The layouts in the given kinds of places, fewest first, without those that another one includes."""
        layouts = {tuple(layout.counts()[kind] for kind in kinds) for layout in self.layouts}
        return sorted(one for one in layouts if not any(other != one and all(map(le, one, other)) for other in layouts))


class Action(StrEnum):
    """What happens at a visit."""

    PICKUP = "pickup"
    DROPOFF = "dropoff"
    BREAK = "break"


@dataclass(frozen=True, slots=True)
class Visit:
    """One party boarding or alighting, or a driver's break, at a place and a time.

    A break without a place of its own is taken where the vehicle stands: its ``location`` is the one before it. Its
    ``request_id`` is None.
    ``break_index`` numbers the breaks of the shift.
    """

    action: Action
    location: LocationIndex
    start_s: int
    request_id: RequestId | None = None
    break_index: int | None = None

    def __post_init__(self) -> None:
        if (self.action is Action.BREAK) != (self.request_id is None):
            msg = "a visit has a request unless it is a break"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Run:
    """The timed visits of one shift, in order.

    A vehicle leaves a place as late as it can to begin the next visit at its ``start_s`` (waiting is done where the
    last visit was).
    """

    shift_id: ShiftId
    visits: tuple[Visit, ...] = ()

    def request_ids(self) -> frozenset[RequestId]:
        """The requests that are served by this run."""
        return frozenset(v.request_id for v in self.visits if v.request_id is not None)


@dataclass(frozen=True, slots=True)
class Plan:
    """All runs of a service day, one for each shift, and the requests that are not served."""

    runs: Mapping[ShiftId, Run]
    unserved: frozenset[RequestId] = field(default_factory=frozenset)

    def with_run(self, run: Run) -> "Plan":
        """The plan with one run replaced."""
        return Plan({**self.runs, run.shift_id: run}, self.unserved)

    def request_ids(self) -> frozenset[RequestId]:
        """Every request that some run serves."""
        return frozenset().union(*(run.request_ids() for run in self.runs.values()))
