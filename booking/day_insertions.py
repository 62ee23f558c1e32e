"""Putting rides into a day, and into what it becomes with them: each is packed once for all that is tried in it."""

from typing import TYPE_CHECKING

from booking.day import Day
from routing.fast_insertion import Insertions
from routing.travel_times import TravelTimes

if TYPE_CHECKING:
    from routing.model import Request, Run

_DAYS_KEPT = 4


class DayInsertions:
    """The days that one enquiry is tried in. They are told apart by identity, for a day never changes."""

    def __init__(self) -> None:
        self._known: list[tuple[Day, Insertions]] = []

    def of(self, day: Day, times: TravelTimes, not_before_s: int) -> Insertions:
        """The day, ready to have requests put into it."""
        for known, insertions in self._known:
            if known is day and insertions.problem.not_before_s == not_before_s and insertions.problem.times is times:
                return insertions
        fresh = self._with_one_more(day, times, not_before_s)
        if fresh is None:
            fresh = Insertions(day.problem(times, not_before_s), day.plan)
        # The first is the day as it stands, the others are tried one after another.
        self._known = [*self._known[:1], *self._known[1:][-_DAYS_KEPT + 2 :], (day, fresh)]
        return fresh

    def _with_one_more(self, day: Day, times: TravelTimes, not_before_s: int) -> Insertions | None:
        """A day that is one we know with one ride more, without packing the rest anew."""
        for known, insertions in self._known:
            problem = insertions.problem
            if known.shifts is not day.shifts or problem.not_before_s != not_before_s or problem.times is not times:
                continue
            runs: list[Run] = [
                run for shift_id, run in day.plan.runs.items() if known.plan.runs.get(shift_id) is not run
            ]
            added: list[Request] = [
                r for request_id, r in day.requests.items() if known.requests.get(request_id) is not r
            ]
            if len(runs) == len(added) == 1 and len(day.requests) == len(known.requests) + 1:
                return insertions.with_run(runs[0], added[0])
        return None
