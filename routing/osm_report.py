"""What an import of roads found and left out, for a person to read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from routing.osm_islands import Island

_SHOWN_IDS = 5


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Counts of an import.

    Parameters
    ----------
    ways
        Ways that became road, of all ``highway`` ways and ferries read: these and ``dropped``.
    dropped
        Ways left out, by reason.
    nodes, edges
        Of the graph; edges are directed.
    length_m
        Streets, each counted once.
    blocking_nodes
        Places where a road was cut at a barrier.
    missing_nodes
        Nodes that ways name and the file does not hold, as at the border of an extract.
    islands, island_length_m
        Parts left out because one cannot drive there from the main part and back.
    largest_islands
        The longest of them, the longest first.
    turn_restrictions
        Restrictions of turns that are honoured.
    restrictions_needless
        How many change nothing for us, by reason.
    restrictions_broken
        Ids of relations that cannot be honoured, by what is wrong with them.
    ferries
        The names of ferries that are used.
    delayed_nodes
        Places where passing takes time: signals, level crossings and so on.
    closed_at_times
        Ways that are used though a condition closes them at times.
    """

    ways: int
    nodes: int
    edges: int
    length_m: float
    dropped: Mapping[str, int] = field(default_factory=dict)
    blocking_nodes: int = 0
    missing_nodes: int = 0
    islands: int = 0
    island_length_m: float = 0.0
    largest_islands: tuple[Island, ...] = ()
    turn_restrictions: int = 0
    restrictions_needless: Mapping[str, int] = field(default_factory=dict)
    restrictions_broken: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    ferries: tuple[str, ...] = ()
    delayed_nodes: int = 0
    closed_at_times: int = 0

    def lines(self) -> tuple[str, ...]:
        """The report in sentences, the most important first."""
        found = [
            (
                f"{self.length_m / 1000:,.1f} km of streets from {_counted(self.ways, 'way')}: "
                f"{self.nodes:,} junctions and ends, {self.edges:,} directed edges."
            )
        ]
        found += self._island_lines()
        for reason, count in sorted(self.dropped.items(), key=lambda item: (-item[1], item[0])):
            found.append(f"Left out: {_counted(count, 'way')} ({reason}).")
        if self.closed_at_times:
            found.append(
                f"{_counted(self.closed_at_times, 'way')} used though closed at times: conditions are not followed."
            )
        if self.blocking_nodes:
            found.append(f"Roads end at {_counted(self.blocking_nodes, 'barrier')}.")
        if self.missing_nodes:
            found.append(
                f"{self.missing_nodes:,} points of ways are not in the file; roads end there. This is usual at the "
                "border of an extract."
            )
        if self.delayed_nodes:
            places = _counted(self.delayed_nodes, "place")
            found.append(f"Passing {places} takes time: signals, level crossings, signs, gates, equal junctions.")
        if self.ferries:
            found.append(f"{_counted(len(self.ferries), 'ferry', 'ferries')}: {'; '.join(sorted(self.ferries))}.")
        return (*found, *self._restriction_lines())

    def _island_lines(self) -> list[str]:
        if not self.islands:
            return []
        lost_km, parts = f"{self.island_length_m / 1000:,.1f} km", _counted(self.islands, "part")
        lines = [f"Left out: {lost_km} in {parts} that cannot be reached from the main part and left again."]
        for island in self.largest_islands:
            name = island.street or "unnamed roads"
            near = f" near {island.place}" if island.place else ""
            where = f"lon {island.lon:.5f}, lat {island.lat:.5f}"
            lines.append(f"Left out: {name}{near}, {island.length_m:,.0f} m ({where}): {island.cause.value}.")
        if self.islands > len(self.largest_islands) > 0:
            lines.append(f"Left out: {_counted(self.islands - len(self.largest_islands), 'shorter part')}.")
        return lines

    def _restriction_lines(self) -> list[str]:
        lines = []
        if self.turn_restrictions:
            lines.append(f"{_counted(self.turn_restrictions, 'turn restriction')} honoured.")
        for reason, count in sorted(self.restrictions_needless.items()):
            lines.append(f"{_counted(count, 'turn restriction')} not needed: {reason}.")
        for reason, ids in sorted(self.restrictions_broken.items()):
            shown = ", ".join(map(str, sorted(ids)[:_SHOWN_IDS]))
            more = " …" if len(ids) > _SHOWN_IDS else ""
            lines.append(
                f"{_counted(len(ids), 'turn restriction')} cannot be honoured, {reason} (relation {shown}{more})."
            )
        return lines


def _counted(count: int, thing: str, things: str = "") -> str:
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {things or thing + 's'}"
