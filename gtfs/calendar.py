"""Which services run on which date."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt

_T = TypeVar("_T", bound=np.generic)


@dataclass(frozen=True, eq=False)
class Calendar:
    """Weekly rules with a first and last date, and single dates on which a service runs or does not.

    Dates are counted in days as ``date.toordinal`` does. All arrays but the last three have one entry per service.

    Parameters
    ----------
    service_ids
        Unique within this calendar.
    weekdays
        ``uint8``; bit 0 is Monday, bit 6 Sunday. 0 for a service that lives of single dates alone.
    first_day, last_day
        ``int32``; both days belong to the rule.
    exception_service, exception_day, exception_runs
        One entry per single date: the service's index, the day (``int32``), and whether it runs (``bool``). At most
        one entry per service and day.
    """

    service_ids: tuple[str, ...]
    weekdays: npt.NDArray[np.uint8]
    first_day: npt.NDArray[np.int32]
    last_day: npt.NDArray[np.int32]
    exception_service: npt.NDArray[np.int32]
    exception_day: npt.NDArray[np.int32]
    exception_runs: npt.NDArray[np.bool_]

    def running(self, on: date) -> npt.NDArray[np.bool_]:
        """Whether each service runs on a date, in the order of ``service_ids``."""
        runs = self._running_by_rule(on)
        of_day = self.exception_day == on.toordinal()
        runs[self.exception_service[of_day]] = self.exception_runs[of_day]
        return runs

    def _running_by_rule(self, on: date) -> npt.NDArray[np.bool_]:
        day = on.toordinal()
        has_weekday = (self.weekdays >> on.weekday()) & 1
        runs: npt.NDArray[np.bool_] = (has_weekday == 1) & (self.first_day <= day) & (day <= self.last_day)
        return runs

    def services_on(self, on: date) -> frozenset[str]:
        """The ids of the services that run on a date."""
        return frozenset(self.service_ids[i] for i in np.flatnonzero(self.running(on)))

    def with_switched_days(self, days: Mapping[date, date | None]) -> "Calendar":
        """The calendar with some dates running as another date does; with nothing on those mapped to ``None``.

        What the other date runs is what this calendar says of it, be it switched itself or not.
        """
        switched = sorted(days)
        kept = ~np.isin(self.exception_day, [on.toordinal() for on in switched])
        service, day, runs = [self.exception_service[kept]], [self.exception_day[kept]], [self.exception_runs[kept]]
        for on in switched:
            like = days[on]
            wanted = np.zeros(len(self.service_ids), np.bool_) if like is None else self.running(like)
            (different,) = np.nonzero(wanted != self._running_by_rule(on))
            service.append(different.astype(np.int32))
            day.append(np.full(different.size, on.toordinal(), np.int32))
            runs.append(wanted[different])
        return replace(
            self,
            exception_service=_joined(service, np.int32),
            exception_day=_joined(day, np.int32),
            exception_runs=_joined(runs, np.bool_),
        )

    @cached_property
    def first_on(self) -> date | None:
        """The first date on which anything runs; ``None`` when nothing ever does."""
        return self._first_running(1)

    @cached_property
    def last_on(self) -> date | None:
        """The last date on which anything runs; ``None`` when nothing ever does."""
        return self._first_running(-1)

    def _first_running(self, step: int) -> date | None:
        has_rule = self.weekdays > 0
        added = self.exception_day[self.exception_runs]
        days = np.concatenate([self.first_day[has_rule], self.last_day[has_rule], added])
        if not days.size:
            return None
        on, end = (date.fromordinal(int(day)) for day in (days.min(), days.max())[::step])
        while not self.running(on).any():
            if on == end:
                return None
            on += timedelta(days=step)
        return on


def join_calendars(calendars: Sequence[Calendar], service_ids: Sequence[str]) -> Calendar:
    """One calendar out of several; services keep their order.

    Parameters
    ----------
    service_ids
        New ids for the services of all calendars, one after the other.
    """
    starts = np.cumsum([0, *(len(calendar.service_ids) for calendar in calendars)])
    shifted = [c.exception_service + start for c, start in zip(calendars, starts, strict=False)]
    return Calendar(
        tuple(service_ids),
        _joined([c.weekdays for c in calendars], np.uint8),
        _joined([c.first_day for c in calendars], np.int32),
        _joined([c.last_day for c in calendars], np.int32),
        _joined(shifted, np.int32),
        _joined([c.exception_day for c in calendars], np.int32),
        _joined([c.exception_runs for c in calendars], np.bool_),
    )


def _joined(parts: Sequence[npt.NDArray[_T]], dtype: type[_T]) -> npt.NDArray[_T]:
    return np.concatenate([np.empty(0, dtype), *parts]).astype(dtype)
