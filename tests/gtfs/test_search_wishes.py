"""Rules for single routes and trips, kept seats, wheelchairs, bikes, lines and hubs, against trying everything."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from gtfs.feed import Feed
from gtfs.feed_transfers import TRANSFERS
from gtfs.itinerary import FixedStopId, RouteId
from gtfs.query import Query
from gtfs.search import find_itineraries
from gtfs.timetable import build_timetable
from tests.gtfs.test_search_oracle import (
    STOPS,
    WALKS_S,
    WEDNESDAY,
    Bus,
    Criteria,
    Stay,
    Wish,
    feed_of,
    mostly,
    ridden_today,
    walks_beside,
    wishes,
)

ROUTES = ("north", "south", "ring")


@dataclass(frozen=True)
class Vehicle:
    """A made-up trip with what its feed says about it."""

    trip_id: str
    route_id: str
    wheelchair: int
    bikes: int
    bus: Bus
    is_of_yesterday: bool = False


@dataclass(frozen=True)
class Rule:
    """A row of transfers.txt about a pair of stops; an empty name is anybody."""

    from_stop: str
    to_stop: str
    kind: int
    min_s: int
    from_route: str = ""
    to_route: str = ""
    from_trip: str = ""
    to_trip: str = ""

    @property
    def weight(self) -> int:
        """The rank GTFS gives a rule: two trips, trip and route, one trip, two routes, one route."""
        sides = (self.from_trip, self.from_route), (self.to_trip, self.to_route)
        return sum(3 if trip else 1 if route else 0 for trip, route in sides)

    def is_meant(self, before: Vehicle, after: Vehicle) -> bool:
        """Whether it is about a change between these two."""
        return (
            self.from_route in ("", before.route_id)
            and self.to_route in ("", after.route_id)
            and self.from_trip in ("", before.trip_id)
            and self.to_trip in ("", after.trip_id)
        )


@dataclass(frozen=True)
class World:
    """A timetable with everything a wish may be about, and a wish."""

    fleet: tuple[Vehicle, ...]
    rules: tuple[Rule, ...]
    seats: frozenset[tuple[str, str]]
    """As which trips the vehicles of others go on."""
    steps: tuple[int, ...]
    query: Query


@st.composite
def worlds(draw: st.DrawFn) -> World:
    wish: Wish = draw(wishes())
    fleet = tuple(
        Vehicle(f"t{i}", draw(st.sampled_from(ROUTES)), draw(mostly(1, 0, 2)), draw(mostly(1, 0, 2)), bus)
        for i, bus in enumerate(wish.fleet)
    )
    rules: dict[tuple[str, str], Rule] = {}
    for _ in range(draw(st.integers(0, 3))):
        pair = draw(st.sampled_from([("c", "c"), ("d", "d"), ("c", "d"), ("b", "b"), ("e", "e")]))
        who = draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "from_route": st.sampled_from(ROUTES),
                    "to_route": st.sampled_from(ROUTES),
                    "from_trip": st.sampled_from([vehicle.trip_id for vehicle in fleet]),
                    "to_trip": st.sampled_from([vehicle.trip_id for vehicle in fleet]),
                },
            )
        )
        for side in ("from", "to"):  # a trip says its route
            if f"{side}_trip" in who:
                who.pop(f"{side}_route", None)
        if who:
            kind = draw(st.sampled_from([1, 2, 3]))
            rules.setdefault(pair, Rule(*pair, kind, draw(st.sampled_from([0, 60, 400, 1200])), **who))
    query = replace(
        wish.query,
        needs_wheelchair=draw(mostly(False, True)),
        needs_bike=draw(mostly(False, True)),
        trusts_silence=draw(st.booleans()),
        only_routes=draw(mostly(None, frozenset({RouteId("north"), RouteId("ring")}))),
        without_routes=draw(mostly(frozenset(), frozenset({RouteId("south")}))),
        via=draw(mostly(None, FixedStopId("d"), FixedStopId("e"))),
    )
    names = st.sampled_from([vehicle.trip_id for vehicle in fleet])
    seats = draw(st.frozensets(st.tuples(names, names).filter(lambda pair: pair[0] != pair[1]), max_size=6))
    return World(fleet, tuple(rules.values()), seats, tuple(draw(mostly(1, 0, 2)) for _ in STOPS), query)


def feed_with(world: World) -> Feed:
    feed = feed_of([vehicle.bus for vehicle in world.fleet])
    rows = [
        {
            "from_stop_id": rule.from_stop,
            "to_stop_id": rule.to_stop,
            "transfer_type": rule.kind,
            "min_transfer_s": rule.min_s if rule.kind == 2 else None,
            "from_route_id": rule.from_route,
            "to_route_id": rule.to_route,
            "from_trip_id": rule.from_trip,
            "to_trip_id": rule.to_trip,
        }
        for rule in world.rules
    ]
    nobody = dict.fromkeys(TRANSFERS, "") | {"transfer_type": 4, "min_transfer_s": None}
    rows += [nobody | {"from_trip_id": first, "to_trip_id": second} for first, second in sorted(world.seats)]
    return replace(
        feed,
        stops=feed.stops.with_columns(wheelchair_boarding=pl.Series(world.steps, dtype=pl.Int8)),
        routes=pl.DataFrame({"route_id": ROUTES, "name": ROUTES, "route_type": [3] * len(ROUTES)}),
        trips=feed.trips.with_columns(
            route_id=pl.Series([vehicle.route_id for vehicle in world.fleet]),
            wheelchair_accessible=pl.Series([vehicle.wheelchair for vehicle in world.fleet], dtype=pl.Int8),
            bikes_allowed=pl.Series([vehicle.bikes for vehicle in world.fleet], dtype=pl.Int8),
        ),
        transfers=pl.DataFrame(rows, TRANSFERS) if rows else pl.DataFrame(schema=TRANSFERS),
    )


class Everything:
    """Every way there is, by trying all vehicles at all stops."""

    def __init__(self, world: World) -> None:
        self.world, self.query = world, world.query
        self.today = [
            replace(vehicle, bus=bus, is_of_yesterday=bus != vehicle.bus)
            for vehicle in world.fleet
            if self._takes(vehicle)
            for bus in ridden_today([vehicle.bus])
        ]
        says = {1, 0} if self.query.trusts_silence else {1}
        self.stops = {
            s for s, said in zip(STOPS, world.steps, strict=True) if not self.query.needs_wheelchair or said in says
        }

    def _takes(self, vehicle: Vehicle) -> bool:
        query = self.query
        says = {1, 0} if query.trusts_silence else {1}
        return (
            (not query.needs_wheelchair or vehicle.wheelchair in says)
            and (not query.needs_bike or vehicle.bikes in says)
            and (query.only_routes is None or vehicle.route_id in query.only_routes)
            and vehicle.route_id not in query.without_routes
        )

    def need_s(self, before: Vehicle, after: Vehicle, from_stop: str, to_stop: str) -> int | None:
        """What a change needs, or None where there is none."""
        walk_s = 0 if from_stop == to_stop else WALKS_S.get((from_stop, to_stop))
        if walk_s is None:
            return None
        least_s = self.query.min_change_s
        for rule in self.world.rules:  # one for each pair
            if (rule.from_stop, rule.to_stop) == (from_stop, to_stop) and rule.is_meant(before, after):
                return {1: max(walk_s, least_s), 2: max(rule.min_s, least_s), 3: None}[rule.kind]
        return walk_s + least_s

    def rides(self, vehicle: Vehicle, from_stop: str, ready_s: int) -> Iterator[tuple[int, Vehicle, Stay, bool]]:
        """When it leaves, in which vehicle and where one may alight, and whether it was at the hub."""
        for i, stay in enumerate(vehicle.bus.stays[:-1]):  # at the last call one boards what the vehicle goes on as
            if stay.stop == from_stop and stay.can_board and stay.departure_s >= ready_s:
                for last, alights, was_there in self._on_board(vehicle, i, frozenset()):
                    yield stay.departure_s, last, alights, was_there

    def _on_board(
        self, vehicle: Vehicle, begin: int, before: frozenset[Vehicle]
    ) -> Iterator[tuple[Vehicle, Stay, bool]]:
        """Where one may alight who sits in a vehicle from a call on, also after it went on as another trip."""
        stays = vehicle.bus.stays
        for j in range(begin + 1, len(stays)):
            if stays[j].can_alight and stays[j].stop in self.stops:
                yield vehicle, stays[j], any(stay.stop == self.query.via for stay in stays[begin : j + 1])
        is_there = any(stay.stop == self.query.via for stay in stays[begin:])
        for after in self.today:
            if (
                (vehicle.trip_id, after.trip_id) in self.world.seats
                and vehicle.is_of_yesterday == after.is_of_yesterday
                and stays[-1].arrival_s <= after.bus.stays[0].departure_s
                and after not in before
            ):
                for last, alights, was_there in self._on_board(after, 0, before | {vehicle}):
                    yield last, alights, was_there or is_there

    def onward(self, begin_s: int, before: Vehicle, stay: Stay, legs: int, was_there: bool) -> Iterator[Criteria]:  # noqa: FBT001
        """Every way to go on after alighting."""
        for egress in self.query.egress:
            walk_s = walks_beside(egress, stay.stop)
            if was_there and walk_s is not None and stay.arrival_s + walk_s <= egress.latest_s:
                yield begin_s, max(stay.arrival_s + walk_s, egress.earliest_s) + egress.duration_s, legs
        if legs == self.query.max_line_legs:
            return
        for stop in self.stops:
            for vehicle in self.today:
                need_s = self.need_s(before, vehicle, stay.stop, stop)
                if need_s is not None:
                    for _, last, after, is_there in self.rides(vehicle, stop, stay.arrival_s + need_s):
                        yield from self.onward(begin_s, last, after, legs + 1, was_there or is_there)

    def ways(self) -> Iterator[Criteria]:
        for access in self.query.access:
            for stop in self.stops:
                walk_s = walks_beside(access, stop)
                if walk_s is None:
                    continue
                for vehicle in self.today:
                    ready_s = access.earliest_s + access.duration_s + walk_s
                    for departure_s, last, after, is_there in self.rides(vehicle, stop, ready_s):
                        begin_s = min(departure_s - walk_s - access.duration_s, access.latest_s)
                        yield from self.onward(begin_s, last, after, 1, self.query.via is None or is_there)

    def best(self) -> list[Criteria]:
        """Those in the window that no other beats."""
        query = self.query
        after_s, by_s = query.depart_after_s, query.arrive_by_s
        ways = {
            way
            for way in self.ways()
            if way[1] - way[0] <= query.longest_s
            and (after_s is None or 0 <= way[0] - after_s <= query.window_s)
            and (by_s is None or 0 <= by_s - way[1] <= query.window_s)
        }

        def beats(one: Criteria, other: Criteria) -> bool:
            return one != other and one[0] >= other[0] and one[1] <= other[1] and one[2] <= other[2]

        return sorted(way for way in ways if not any(beats(other, way) for other in ways))


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_rules_and_wishes_are_kept_as_trying_everything_keeps_them(world: World) -> None:
    day = build_timetable([feed_with(world)]).day(WEDNESDAY)
    found = [(i.departure_s, i.arrival_s, i.vehicle_count()) for i in find_itineraries(day, world.query)]
    assert found == Everything(world).best()
