"""Counts of served and refused wishes that may be published: nobody in a small village is told from them.

Counts stand in a tree: a month is the sum of its villages, a village of its hours, and so on. A count below ``k`` is
not published, and neither are as many of its neighbours as it takes so that the total above them minus the rest does
not tell it. In a tree that is exact. Two trees of the same journeys (first by hour, then by village) can be subtracted
from each other: publish one of them for a period.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from booking.district import District
from booking.model import BookingState, StopId
from booking.store import needs_text
from booking.tables import BookingRow, RefusalRow
from routing.model import KINDS_OF_PLACES, Load

SMALLEST = 5
"""Counts below this are not published."""
SEAT_ONLY = "seat"

Path = tuple[str, ...]
Wish = Mapping["Dimension", str]


class Dimension(StrEnum):
    """What counts are broken down by."""

    MONTH = "month"
    VILLAGE = "village"
    """Where the wish begins."""
    HOUR = "hour"
    CHANNEL = "channel"
    NEED = "need"
    """The first kind of place that is needed beside seats."""


@dataclass(frozen=True, slots=True)
class Line:
    """Counts of one line; fewer values than dimensions are a total. None is a count that is not published."""

    values: Path
    served: int | None
    refused: int | None


def publishable(counts: Mapping[Path, int], k: int) -> dict[Path, int | None]:
    """Counts and all their totals, None for what is not published.

    Parameters
    ----------
    counts
        By values of all dimensions; the totals by fewer of them, from the first on, are added up here.
    """
    totals: Counter[Path] = Counter()
    children: defaultdict[Path, set[Path]] = defaultdict(set)
    for path, count in counts.items():
        totals[()] += count
        for depth in range(1, len(path) + 1):
            totals[path[:depth]] += count
            children[path[: depth - 1]].add(path[:depth])
    hidden: set[Path] = {()} if 0 < totals[()] < k else set()
    for parent in sorted(children, key=len):
        hidden |= _hidden(children[parent], totals, k, is_parent_hidden=parent in hidden)
    return {path: None if path in hidden else totals[path] for path in sorted(totals)}


def _hidden(children: Iterable[Path], totals: Mapping[Path, int], k: int, *, is_parent_hidden: bool) -> set[Path]:
    """The parts of one total that are not published.

    Under a total that is published they are none, or two or more that add up to ``k`` at least; under one that is not,
    one at least, or else the parts would tell it.
    """
    by_size = sorted((child for child in children if totals[child]), key=lambda child: (totals[child], child))
    hidden = [child for child in by_size if totals[child] < k]
    others = by_size[len(hidden) :]
    while others and (
        not hidden
        if is_parent_hidden
        else bool(hidden) and (len(hidden) < 2 or sum(totals[child] for child in hidden) < k)
    ):
        hidden.append(others.pop(0))
    return set(hidden)


def count_lines(
    session: Session,
    district: District,
    first_on: date,
    last_on: date,
    *,
    by: Sequence[Dimension],
    k: int = SMALLEST,
) -> list[Line]:
    """What was served and refused from one service day to another (both inclusive), totals before their parts.

    A served wish is a booking that was not cancelled; a refused one is counted once however often it was asked.
    """
    served = publishable(_counted(_served(session, district, first_on, last_on), by), k)
    refused = publishable(_counted(_refused(session, district, first_on, last_on), by), k)
    return [Line(path, served.get(path, 0), refused.get(path, 0)) for path in sorted({*served, *refused})]


def _counted(wishes: Iterable[Wish], by: Sequence[Dimension]) -> Counter[Path]:
    return Counter(tuple(wish[dimension] for dimension in by) for wish in wishes)


def _served(session: Session, district: District, first_on: date, last_on: date) -> Iterator[Wish]:
    rows = session.scalars(
        select(BookingRow)
        .where(
            BookingRow.service_on.between(first_on, last_on),
            BookingRow.state == BookingState.CONFIRMED.value,
        )
        .options(selectinload(BookingRow.rides))
    )
    for row in rows:
        ride = row.rides[0]
        load = Load(*(getattr(ride, kind) for kind in KINDS_OF_PLACES))
        yield _wish(
            district, row.service_on, ride.pickup_stop, ride.pickup_from_s // 3600, row.channel, needs_text(load)
        )


def _refused(session: Session, district: District, first_on: date, last_on: date) -> Iterator[Wish]:
    for row in session.scalars(select(RefusalRow).where(RefusalRow.service_on.between(first_on, last_on))):
        yield _wish(district, row.service_on, row.origin_stop or "", row.hour, row.channel, row.needs)


def _wish(district: District, on: date, stop_id: str, hour: int, channel: str, needs: str) -> Wish:
    stop = district.stop_by_id.get(StopId(stop_id))
    return {
        Dimension.MONTH: f"{on:%Y-%m}",
        Dimension.VILLAGE: "" if stop is None else stop.place,
        Dimension.HOUR: f"{hour:02d}",
        Dimension.CHANNEL: channel,
        Dimension.NEED: needs.partition("+")[0] or SEAT_ONLY,
    }
