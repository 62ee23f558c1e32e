"""Made-up wishes of a day, from the villages' inhabitants and the places people need to get to.

Everything is drawn from one random generator, so that a seed is a day. The shares below are assumptions, open to be
replaced; where a published figure stands behind one, it is named.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import cos, radians
from typing import Final, TypeVar

import numpy as np

from booking.district import Destination, District, Village
from booking.model import Channel, Enquiry, Party, Place, Timing
from booking.sphere import distance_m
from gtfs.service_day import ServiceDay

T = TypeVar("T")

METRES_PER_DEGREE: Final = 111_195
HOME_SPREAD_M: Final = 250
"""Homes lie around a village's centre with this standard deviation."""
REACH_M: Final = 8_000
"""People prefer near destinations: the weight of one falls by a factor e over this distance."""
WALKED_M: Final = 1_000
"""Nobody asks for a ride to what is nearer than this, unless there is nothing else."""
FARTHEST_M: Final = 40_000
SHARE_RETURNING: Final = 0.45
"""Of all wishes this share goes home again."""
SHARE_ARRIVING: Final = 0.35
"""Of the ways out this share is about arriving in time."""
SHARE_PLANNED: Final = 0.9
"""About nine in ten customers plan long ahead (head of the operator, press report of 2019)."""
SHARE_PHONE: Final = 0.6
FIRST_HOUR: Final = 4.5
LAST_HOUR: Final = 23.5
"""Wishes lie in the service hours and a little beyond them."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """Why people travel: the categories of destinations, how often, and at what hour they go out."""

    name: str
    categories: tuple[str, ...]
    weight: float
    hour: float
    hour_spread: float
    stay_hours: float


PURPOSES: Final = (
    Purpose("work", ("work", "office"), 0.20, 7.0, 1.2, 8.5),
    Purpose("school", ("school",), 0.14, 7.2, 0.5, 6.5),
    Purpose("doctor", ("doctor", "pharmacy"), 0.20, 9.5, 1.8, 1.5),
    Purpose("shop", ("shop",), 0.22, 10.5, 2.5, 1.5),
    Purpose("leisure", ("leisure",), 0.14, 15.0, 3.0, 3.0),
    Purpose("hub", ("hub",), 0.10, 10.0, 4.0, 6.0),
)


@dataclass(frozen=True, slots=True)
class Wish:
    """One person's (or party's) wish: who asks when for what, and how much time they can give.

    Parameters
    ----------
    flexibility_s
        The rider takes an alternative that is at most so much earlier or later than the wish.
    """

    number: int
    village: Village
    purpose: str
    enquiry: Enquiry
    asked_s: int
    flexibility_s: int


def make_wishes(district: District, service_day: ServiceDay, *, count: int, seed: int) -> tuple[Wish, ...]:
    """Draw the wishes of a day, in the order in which they are asked.

    Raises
    ------
    ValueError
        The district has no inhabited village, or no destination.
    """
    if not any(v.inhabitants > 0 for v in district.villages) or not district.destinations:
        msg = "a day of wishes needs places.csv with inhabitants and destinations.csv with destinations"
        raise ValueError(msg)
    random = np.random.default_rng(seed)
    wishes = [_wish(district, service_day, number, random) for number in range(count)]
    return tuple(sorted(wishes, key=lambda wish: (wish.asked_s, wish.number)))


def _wish(district: District, service_day: ServiceDay, number: int, random: np.random.Generator) -> Wish:
    village = _draw(district.villages, [v.inhabitants for v in district.villages], random)
    purpose = _draw(PURPOSES, [p.weight for p in PURPOSES], random)
    target = _destination(district, village, purpose, random)
    home = _home(village, random)
    there = Place(target.name, target.lon, target.lat)
    is_returning = bool(random.random() < SHARE_RETURNING)
    wished_s = int(_hour(purpose, random, is_returning=is_returning) * 12) * 300
    timing = Timing.ARRIVE_BY if not is_returning and random.random() < SHARE_ARRIVING else Timing.DEPART_AFTER
    enquiry = Enquiry(
        origin=there if is_returning else home,
        destination=home if is_returning else there,
        timing=timing,
        wished_at=service_day.at(wished_s),
        party=_party(random),
        channel=Channel.PHONE if random.random() < SHARE_PHONE else Channel.WEB,
    )
    flexibility_s = int(random.choice([0, 30, 60, 120], p=[0.25, 0.35, 0.25, 0.15])) * 60
    return Wish(number, village, purpose.name, enquiry, wished_s - _lead_s(random), flexibility_s)


def _hour(purpose: Purpose, random: np.random.Generator, *, is_returning: bool) -> float:
    """When somebody wishes to travel: drawn again until it lies in the day, so that nobody gathers at its ends."""
    while True:
        hour = random.normal(purpose.hour, purpose.hour_spread) + (purpose.stay_hours if is_returning else 0)
        if FIRST_HOUR <= hour <= LAST_HOUR:
            return float(hour)


def _destination(district: District, village: Village, purpose: Purpose, random: np.random.Generator) -> Destination:
    """A place for the purpose, rather a near one; any place at all where there is none for it in reach."""
    fitting = [d for d in district.destinations if d.category in purpose.categories] or list(district.destinations)
    distances = np.array([distance_m(village.lon, village.lat, d.lon, d.lat) for d in fitting])
    in_reach = (distances >= WALKED_M) & (distances <= FARTHEST_M)
    weights = np.exp(-distances / REACH_M) * (in_reach if in_reach.any() else True)
    return fitting[int(random.choice(len(fitting), p=weights / weights.sum()))]


def _home(village: Village, random: np.random.Generator) -> Place:
    east_m, north_m = random.normal(0, HOME_SPREAD_M, 2)
    lat = village.lat + north_m / METRES_PER_DEGREE
    lon = village.lon + east_m / (METRES_PER_DEGREE * cos(radians(village.lat)))
    return Place(village.name, round(float(lon), 6), round(float(lat), 6))


def _party(random: np.random.Generator) -> Party:
    # 1.6 to 1.8 riders a trip were counted in the first year of the real service, 1.2 an order.
    persons = int(random.choice([1, 2, 3, 4], p=[0.83, 0.13, 0.03, 0.01]))
    need = str(random.choice(["", "walking_frame", "wheelchair", "pram", "bike"], p=[0.84, 0.07, 0.03, 0.04, 0.02]))
    return Party(
        persons=persons,
        wheelchairs=int(need == "wheelchair"),
        prams=int(need == "pram"),
        walking_frames=int(need == "walking_frame"),
        bikes=int(need == "bike"),
    )


def _lead_s(random: np.random.Generator) -> int:
    """How long before the wished time somebody asks: mostly a day or so, sometimes at the last minute."""
    if random.random() < SHARE_PLANNED:
        return int(timedelta(hours=float(np.clip(random.lognormal(2.6, 0.8), 2, 14 * 24))).total_seconds())
    return int(timedelta(minutes=float(random.uniform(30, 120))).total_seconds())


def _draw(items: Sequence[T], weights: Sequence[float], random: np.random.Generator) -> T:
    shares = np.asarray(weights, dtype=float)
    return items[int(random.choice(len(items), p=shares / shares.sum()))]
