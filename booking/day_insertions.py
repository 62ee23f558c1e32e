"""Putting rides into a day, and into what it becomes with them: each is packed once for all that is tried in it."""

from collections.abc import Iterable
from threading import Lock
from typing import TYPE_CHECKING

from booking.day import Day
from routing.fast_insertion import Insertions
from routing.travel_times import TravelTimes

if TYPE_CHECKING:
    from routing.model import Request, Run

_DAYS_KEPT = 4


class PackedDays:
    """The days that were asked about last, by whomever. Safe to use from several threads.

    Days are told apart by identity, for a day never changes. One that differs from a known one by a ride, or by the
    time before which nothing is changed, is not packed anew.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: list[tuple[Day, Insertions]] = []

    def of(self, day: Day, times: TravelTimes, not_before_s: int) -> Insertions:
        """The day, ready to have requests put into it."""
        with self._lock:
            known = list(self._known)
        found = find_packed(known, day, times, not_before_s)
        if found is None:
            found = pack(day, times, not_before_s)
        with self._lock:
            others = [(other, insertions) for other, insertions in self._known if other is not day]
            self._known = [*others[-_DAYS_KEPT + 1 :], (day, found)]
        return found


class DayInsertions:
    """The days that one enquiry is tried in.

    Parameters
    ----------
    packed
        Where the day as it stands is known from.
    """

    def __init__(self, packed: PackedDays) -> None:
        self._packed = packed
        self._known: list[tuple[Day, Insertions]] = []

    def of(self, day: Day, times: TravelTimes, not_before_s: int) -> Insertions:
        """The day, ready to have requests put into it."""
        for known, insertions in self._known:
            if known is day and insertions.problem.not_before_s == _told_apart_s(day, not_before_s):
                return insertions
        found = find_packed(self._known, day, times, not_before_s)
        if found is None:
            # What a day becomes while an enquiry is answered concerns nobody else.
            found = pack(day, times, not_before_s) if self._known else self._packed.of(day, times, not_before_s)
        # The first is the day as it stands, the others are tried one after another.
        self._known = [*self._known[:1], *self._known[1:][-_DAYS_KEPT + 2 :], (day, found)]
        return found


def pack(day: Day, times: TravelTimes, not_before_s: int) -> Insertions:
    """A day as arrays: the slow way, where nothing is known of it."""
    return Insertions(day.problem(times, _told_apart_s(day, not_before_s)), day.plan)


def find_packed(
    known: Iterable[tuple[Day, Insertions]], day: Day, times: TravelTimes, not_before_s: int
) -> Insertions | None:
    """A day by what is known of it, or of one with a ride less; None if it has to be packed."""
    alike = [
        (other, insertions)
        for other, insertions in known
        if other.shifts is day.shifts and other.order_locked == day.order_locked and insertions.problem.times is times
    ]
    not_before_s = _told_apart_s(day, not_before_s)
    same = next((insertions for other, insertions in alike if other is day), None)
    if same is not None:
        return same.at(not_before_s)
    for other, insertions in reversed(alike):
        runs: list[Run] = [run for shift_id, run in day.plan.runs.items() if other.plan.runs.get(shift_id) is not run]
        added: list[Request] = [r for request_id, r in day.requests.items() if other.requests.get(request_id) is not r]
        if len(runs) == len(added) == 1 and len(day.requests) == len(other.requests) + 1:
            return insertions.at(not_before_s).with_run(runs[0], added[0])
    return None


def _told_apart_s(day: Day, not_before_s: int) -> int:
    """The time before which nothing is changed, as far as it matters: before the first vehicle leaves, all is open."""
    return max(not_before_s, min((shift.start_s for shift in day.shifts.values()), default=0))
