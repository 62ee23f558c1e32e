"""The times of one trip under realtime news: delays go on to later calls until the news says otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Known:
    """What the news says about one call.

    Parameters
    ----------
    arrival_s, departure_s
        Seconds of the service day; ``None`` where it says nothing.
    """

    arrival_s: int | None = None
    departure_s: int | None = None


def expected_times(
    arrivals_s: Sequence[int], departures_s: Sequence[int], known: Mapping[int, Known], delay_s: int = 0
) -> tuple[list[int], list[int]]:
    """Arrivals and departures of a trip.

    As the specification has it, the delay of a call holds for all calls behind it up to the next one that is known; a
    call that is listed without a time ends what is known, and the timetable holds again. What is only carried on
    never contradicts what is known: one is not later than the next known time, and times never go back.

    Parameters
    ----------
    arrivals_s, departures_s
        Of the timetable.
    known
        By the position of the call.
    delay_s
        Of the whole trip: holds up to the first known call.
    """
    times_s: list[int] = []
    is_known: list[bool] = []
    for position, (arrival_s, departure_s) in enumerate(zip(arrivals_s, departures_s, strict=True)):
        news = known.get(position, _NO_NEWS)
        if news is not _NO_NEWS and news.arrival_s is None and news.departure_s is None:
            delay_s = 0
        for planned_s, known_s in ((arrival_s, news.arrival_s), (departure_s, news.departure_s)):
            if known_s is not None:
                delay_s = known_s - planned_s
            times_s.append(planned_s + delay_s)
            is_known.append(known_s is not None)
    _cap(times_s, is_known)
    _never_back(times_s)
    return times_s[::2], times_s[1::2]


_NO_NEWS = Known()


def _cap(times_s: list[int], is_known: Sequence[bool]) -> None:
    latest_s: int | None = None
    for i in range(len(times_s) - 1, -1, -1):
        if is_known[i]:
            latest_s = times_s[i]
        elif latest_s is not None:
            times_s[i] = min(times_s[i], latest_s)


def _never_back(times_s: list[int]) -> None:
    for i in range(1, len(times_s)):
        times_s[i] = max(times_s[i], times_s[i - 1])
