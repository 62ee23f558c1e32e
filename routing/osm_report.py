"""What an import of roads found and left out, for a person to read."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Counts of an import.

    Parameters
    ----------
    ways
        Ways that became road, of all ``highway`` ways read: these and ``dropped``.
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
    turn_restrictions
        Restrictions of turns that would hold for a bus. They are counted, not honoured.
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
    turn_restrictions: int = 0

    def lines(self) -> tuple[str, ...]:
        """The report in sentences, the most important first."""
        found = [
            (
                f"{self.length_m / 1000:,.1f} km of streets from {_counted(self.ways, 'way')}: "
                f"{self.nodes:,} junctions and ends, {self.edges:,} directed edges."
            )
        ]
        if self.islands:
            found.append(
                f"Left out: {self.island_length_m / 1000:,.1f} km in {_counted(self.islands, 'part')} that "
                "cannot be reached from the main part and left again."
            )
        for reason, count in sorted(self.dropped.items(), key=lambda item: (-item[1], item[0])):
            found.append(f"Left out: {_counted(count, 'way')} ({reason}).")
        if self.blocking_nodes:
            found.append(f"Roads end at {_counted(self.blocking_nodes, 'barrier')}.")
        if self.missing_nodes:
            found.append(
                f"{self.missing_nodes:,} points of ways are not in the file; roads end there. This is usual at the "
                "border of an extract."
            )
        if self.turn_restrictions:
            found.append(
                f"{self.turn_restrictions:,} turn restrictions were seen and are not honoured yet: a run may turn "
                "where it must not."
            )
        return tuple(found)


def _counted(count: int, thing: str) -> str:
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"
