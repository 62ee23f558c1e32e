"""Where people need to get to: invented practices, shops, schools and offices, as many as a place of its size has."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from districts.make_lup_sample.addresses import Address
from districts.make_lup_sample.facts import Facts, Place

HOSPITALS = frozenset({"Boizenburg/Elbe", "Hagenow", "Ludwigslust", "Parchim", "Plau am See"})
"""Towns that have a hospital in reality; names and sites here are invented."""


@dataclass(frozen=True, slots=True)
class Amenity:
    """A destination.

    Parameters
    ----------
    category
        As in ``destinations.csv``: doctor, pharmacy, school, shop, office, work, leisure.
    tag
        Its OSM key and value.
    """

    name: str
    category: str
    tag: tuple[str, str]
    address: Address


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of amenity; ``{street}`` and ``{place}`` stand for where it is."""

    name: str
    category: str
    tag: tuple[str, str]


_GP = _Kind("Hausarztpraxis {street}", "doctor", ("amenity", "doctors"))
_SPECIALIST = _Kind("Facharztpraxis {street}", "doctor", ("amenity", "doctors"))
_DENTIST = _Kind("Zahnarztpraxis {street}", "doctor", ("amenity", "dentist"))
_HOSPITAL = _Kind("Krankenhaus {place}", "doctor", ("amenity", "hospital"))
_PHARMACY = _Kind("Apotheke {street}", "pharmacy", ("amenity", "pharmacy"))
_PRIMARY = _Kind("Grundschule {street}", "school", ("amenity", "school"))
_SECONDARY = _Kind("Regionale Schule {street}", "school", ("amenity", "school"))
_GRAMMAR = _Kind("Gymnasium {street}", "school", ("amenity", "school"))
_NURSERY = _Kind("Kita {street}", "school", ("amenity", "kindergarten"))
_SUPERMARKET = _Kind("Kaufmarkt {street}", "shop", ("shop", "supermarket"))
_BAKERY = _Kind("Bäckerei {street}", "shop", ("shop", "bakery"))
_VILLAGE_SHOP = _Kind("Dorfladen {place}", "shop", ("shop", "convenience"))
_TOWN_HALL = _Kind("Rathaus {place}", "office", ("amenity", "townhall"))
_JOB_CENTRE = _Kind("Arbeitsagentur {place} (Beispiel)", "office", ("office", "employment_agency"))
_COUNTY_OFFICE = _Kind("Kreisverwaltung {place} (Beispiel)", "office", ("office", "government"))
_WORKS = _Kind("Gewerbehof {street}", "work", ("office", "company"))
_POOL = _Kind("Schwimmhalle {place}", "leisure", ("leisure", "sports_centre"))
_LIBRARY = _Kind("Bücherei {place}", "leisure", ("amenity", "library"))
_HALL = _Kind("Gemeindehaus {place}", "leisure", ("amenity", "community_centre"))


def make_amenities(facts: Facts, addresses: list[Address], rng: np.random.Generator) -> list[Amenity]:
    """All amenities, by place; each takes over a house of its own."""
    houses: dict[str, list[Address]] = {}
    for address in addresses:
        houses.setdefault(address.place, []).append(address)
    amenities = []
    for place in facts.places:
        if not place.is_inside:
            continue
        kinds = list(_kinds_of(place, rng))
        # Only the inner half of the houses: amenities lie near the middle.
        own = sorted(houses[place.name], key=lambda a: (a.x - place.x) ** 2 + (a.y - place.y) ** 2)
        inner = own[: max(len(kinds), len(own) // 2)]
        used: set[str] = set()
        for kind, index in zip(kinds, rng.permutation(len(inner)), strict=False):
            address = inner[int(index)]
            name = kind.name.format(street=address.street, place=place.name)
            if name in used:
                name = f"{name} {address.number}"
            used.add(name)
            amenities.append(Amenity(name, kind.category, kind.tag, address))
    return amenities


def _kinds_of(place: Place, rng: np.random.Generator) -> Iterator[_Kind]:
    people = place.inhabitants
    if place.is_town:
        yield from _kinds_of_town(place)
        return
    if people > 700 and rng.random() < 0.55:
        yield _GP
    if people > 1300 and rng.random() < 0.5:
        yield _PHARMACY
    if people > 1100:
        yield from (_PRIMARY, _SUPERMARKET)
    elif people > 450 and rng.random() < 0.4:
        yield _VILLAGE_SHOP
    if people > 500:
        yield _NURSERY
    if people > 250 and rng.random() < 0.5:
        yield _HALL
    if people > 800 and rng.random() < 0.5:
        yield _WORKS


def _kinds_of_town(place: Place) -> Iterator[_Kind]:
    people = place.inhabitants
    counts = (
        (_TOWN_HALL, 1),
        (_HOSPITAL, int(place.name in HOSPITALS)),
        (_GP, 1 + people // 1600),
        (_SPECIALIST, people // 2500),
        (_DENTIST, 1 + people // 3000),
        (_PHARMACY, 1 + people // 4500),
        (_PRIMARY, 1 + people // 7000),
        (_SECONDARY, 1 + people // 9000),
        (_GRAMMAR, int(people > 5500)),
        (_NURSERY, 1 + people // 3000),
        (_SUPERMARKET, 1 + people // 2500),
        (_BAKERY, 1 + people // 3000),
        (_WORKS, 1 + people // 2200),
        (_LIBRARY, 1),
        (_POOL, int(people > 6000)),
        (_JOB_CENTRE, int(people > 9000)),
        (_COUNTY_OFFICE, int(place.name in {"Ludwigslust", "Parchim"})),
    )
    for kind, count in counts:
        yield from [kind] * count
