"""The worker: books standing orders, serves who waits, sends what lies in the outbox, re-plans the days to come.

A loop you can read in a minute.
"""

import logging
import threading
from datetime import timedelta

from booking.notices import send_outbox
from booking.operation import Operation

log = logging.getLogger(__name__)

PAUSE_S = 5.0
DAYS_AHEAD = 2
"""Today and the two days after it are re-planned; whatever lies further ahead will still change."""


def work(operation: Operation, stop: threading.Event, *, improve_s: float = 3.0) -> None:
    """Work until ``stop`` is set: send, then re-plan each day whose version has changed, then pause.

    A fault in one round is logged and does not end the worker: the next round tries again.
    """
    seen: dict[int, int] = {}
    while not stop.is_set():
        try:
            work_once(operation, seen, stop, improve_s=improve_s)
        except Exception:
            log.exception("a round of the worker failed; the next one tries again")
        stop.wait(PAUSE_S)


def _serve_wishes(operation: Operation) -> None:
    """Standing orders up to the horizon, then whoever waits; what they bring is told in the same round."""
    decided, found = operation.series.work(), operation.waiting_list.serve()
    operation.no_shows.forget()
    if decided or found:
        log.info("decided %d dates of standing orders, found %d places for who waits", decided, found)


def work_once(
    operation: Operation, seen: dict[int, int], stop: threading.Event, *, improve_s: float, seed: int = 0
) -> None:
    """One round. ``seen`` maps ordinals of dates to the version that was re-planned last."""
    _serve_wishes(operation)
    sent = send_outbox(operation.database.sessions, operation.network, operation.settings, operation.clock())
    if sent:
        log.info("sent %d notices", sent)
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
