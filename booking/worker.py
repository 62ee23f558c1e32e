"""The worker: follows the running day, serves who waits, re-plans the days to come, sends notices.

A loop you can read in a minute.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta

from booking.line_news import LineNews
from booking.notices import send_outbox
from booking.operation import Operation

log = logging.getLogger(__name__)

PAUSE_S = 5.0
DAYS_AHEAD = 2
"""Today and the two days after it are re-planned; whatever lies further ahead will still change."""


def work(operation: Operation, stop: threading.Event, *, improve_s: float = 3.0, realtime: Sequence[str] = ()) -> None:
    """Work until ``stop`` is set: one round of steps, then pause.

    A fault in one round is logged and does not end the worker: the next round tries again.

    Parameters
    ----------
    realtime
        Addresses or files of news about lines (GTFS Realtime).
    """
    seen: dict[int, int] = {}
    news = LineNews(realtime) if realtime else None
    while not stop.is_set():
        try:
            work_once(operation, seen, stop, improve_s=improve_s, news=news)
        except Exception:
            log.exception("a round of the worker failed; the next one tries again")
        stop.wait(PAUSE_S)


def work_once(
    operation: Operation,
    seen: dict[int, int],
    stop: threading.Event,
    *,
    improve_s: float,
    seed: int = 0,
    news: LineNews | None = None,
) -> None:
    """One round of steps, each with its own transactions: a fault in one is logged and does not stop the others.

    Parameters
    ----------
    seen
        Maps ordinals of dates to the version that was re-planned last.
    news
        Where news of lines comes from; without it connections follow the timetable.
    """
    steps: tuple[tuple[str, Callable[[], None]], ...] = (
        ("follow", lambda: _follow(operation)),
        ("keep connections", lambda: _keep_connections(operation, news)),
        ("place the unplaced", lambda: _place_unplaced(operation)),
        ("serve wishes", lambda: _serve_wishes(operation)),
        ("send", lambda: _send(operation)),
        ("improve", lambda: _improve(operation, seen, stop, improve_s, seed)),
        ("forget", lambda: _forget(operation)),
    )
    for name, step in steps:
        if stop.is_set():
            return
        try:
            step()
        except Exception:
            log.exception("the worker's step %r failed; the next round tries it again", name)


def _follow(operation: Operation) -> None:
    """What drivers reported goes into the runs."""
    followed = operation.dispatch.follow(operation.today())
    if followed is not None:
        log.info("followed %d runs; late rides %d", len(followed.runs), len(followed.late))


def _keep_connections(operation: Operation, news: LineNews | None) -> None:
    """Rides that hang on lines follow their news."""
    feed = None if news is None else news.fetch(operation.clock())
    for decision in operation.dispatch.keep_connections(operation.today(), feed):
        log.info("connection of ride %s: %s (%s)", decision.request_id, decision.decision, decision.reason)


def _place_unplaced(operation: Operation) -> None:
    """Rides that no vehicle drives are tried again."""
    for ahead in range(DAYS_AHEAD + 1):
        on = operation.today() + timedelta(days=ahead)
        replaced = operation.dispatch.place_unplaced(on)
        if replaced is not None:
            log.info("%s: %d rides without a vehicle placed", on, len(replaced.kept) + len(replaced.widened))


def _serve_wishes(operation: Operation) -> None:
    """Standing orders up to the horizon, then whoever waits; what they bring is told in the same round."""
    decided, found = operation.series.work(), operation.waiting_list.serve()
    if decided or found:
        log.info("decided %d dates of standing orders, found %d places for who waits", decided, found)


def _send(operation: Operation) -> None:
    """What lies in the outbox goes out."""
    sent = send_outbox(operation.database.sessions, operation.network, operation.settings, operation.clock())
    if sent:
        log.info("sent %d notices", sent)


def _improve(operation: Operation, seen: dict[int, int], stop: threading.Event, improve_s: float, seed: int) -> None:
    """Each day whose version has changed is re-planned."""
    for ahead in range(DAYS_AHEAD + 1):
        if stop.is_set():
            return
        on = operation.today() + timedelta(days=ahead)
        version = operation.version(on)
        if version in (0, seen.get(on.toordinal())):
            continue
        improvement = operation.improve(on, seconds=improve_s, seed=seed)
        seen[on.toordinal()] = operation.version(on)
        if improvement is not None:
            log.info(
                "%s re-planned: cost %.1f to %.1f, %d runs changed",
                on,
                improvement.cost_before,
                improvement.cost_after,
                improvement.runs_changed,
            )


def _forget(operation: Operation) -> None:
    """Where vehicles were is deleted."""
    operation.dispatch.forget(operation.today())
