"""The classical evaluation of a dial-a-ride route, written down from the paper: a second road to a schedule.

J.-F. Cordeau and G. Laporte (2003), A tabu search heuristic for the static multi-vehicle dial-a-ride problem,
Transportation Research Part B 37, 579-594, section 4.3: time windows first, then the shortest duration, then shorter
rides by putting off departures as far as the *forward time slack* allows.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Route:
    """A route from a depot (first entry) to a depot (last entry).

    Parameters
    ----------
    earliest_s, latest_s, service_s
        For each stop of the route.
    travel_s
        From each stop to the next.
    rides
        Position of the pickup, of the drop-off, and the longest time from the end of service there to the start here.
    """

    earliest_s: list[int]
    latest_s: list[int]
    service_s: list[int]
    travel_s: list[int]
    rides: list[tuple[int, int, int]]
    max_duration_s: int | None


def eight_steps(route: Route) -> list[int] | None:
    """The starts of service at each stop, or None where the scheme ends with something violated."""
    last = len(route.earliest_s) - 1
    begins = [0] * (last + 1)
    waits = [0] * (last + 1)

    def follow(start: int) -> None:  # steps 2, 5 and 7c: everything behind a stop as early as it can be
        for stop in range(start + 1, last + 1):
            arrives_s = begins[stop - 1] + route.service_s[stop - 1] + route.travel_s[stop - 1]
            begins[stop] = max(arrives_s, route.earliest_s[stop])
            waits[stop] = begins[stop] - arrives_s

    def ride_s(pickup: int, dropoff: int) -> int:
        return begins[dropoff] - begins[pickup] - route.service_s[pickup]

    def slack_s(start: int) -> int:  # steps 3 and 7a
        limits = {dropoff: (pickup, most_s) for pickup, dropoff, most_s in route.rides}
        slacks = []
        for stop in range(start, last + 1):
            play_s = route.latest_s[stop] - begins[stop]
            if stop in limits and limits[stop][0] < start:
                play_s = min(play_s, limits[stop][1] - ride_s(limits[stop][0], stop))
            slacks.append(sum(waits[start + 1 : stop + 1]) + max(0, play_s))
        return min(slacks)

    begins[0] = route.earliest_s[0]  # step 1
    follow(0)
    begins[0] += min(slack_s(0), sum(waits[1:last]))  # step 4
    follow(0)
    for stop in sorted(pickup for pickup, _, _ in route.rides):  # steps 6 and 7
        if all(ride_s(pickup, dropoff) <= most_s for pickup, dropoff, most_s in route.rides):
            break
        delay_s = min(slack_s(stop), sum(waits[stop + 1 : last]))
        begins[stop] += delay_s
        waits[stop] += delay_s
        follow(stop)
    is_kept = (
        all(begins[stop] <= route.latest_s[stop] for stop in range(last + 1))
        and all(ride_s(pickup, dropoff) <= most_s for pickup, dropoff, most_s in route.rides)
        and (route.max_duration_s is None or begins[last] - begins[0] <= route.max_duration_s)
    )
    return begins if is_kept else None
