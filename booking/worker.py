"""The worker: follows the running day, serves who waits, re-plans the days to come, sends notices.

A loop you can read in a minute.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta

from booking.line_news import LineNews
from booking.notice_rules import NoticeChannel
from booking.operation import Operation

log = logging.getLogger(__name__)

PAUSE_S = 5.0
SEND_PAUSE_S = 1.0
GOODBYE_S = 5.0
"""So long the worker waits at its end for a message that is being sent; then its lease runs out."""
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
    senders = [
        threading.Thread(target=_keep_sending, args=(operation, channel, stop), name=f"send {channel}", daemon=True)
        for channel in operation.notices.senders
    ]
    for sender in senders:
        sender.start()
    while not stop.is_set():
        try:
            work_once(operation, seen, stop, improve_s=improve_s, news=news, sends=False)
        except Exception:
            log.exception("a round of the worker failed; the next one tries again")
        stop.wait(PAUSE_S)
    for sender in senders:
        sender.join(GOODBYE_S)


def _keep_sending(operation: Operation, channel: NoticeChannel, stop: threading.Event) -> None:
    """Send by one channel until ``stop`` is set: a gateway that hangs holds up nothing but itself."""
    while not stop.is_set():
        try:
            sent = operation.notices.send(channel)
            if sent:
                log.info("sent %d notices by %s", sent, channel)
        except Exception as fault:  # noqa: BLE001 - its text may hold an address
            log.error("sending by %s failed by a fault: %s", channel, type(fault).__name__)  # noqa: TRY400
        stop.wait(SEND_PAUSE_S)


def work_once(
    operation: Operation,
    seen: dict[int, int],
    stop: threading.Event,
    *,
    improve_s: float,
    seed: int = 0,
    news: LineNews | None = None,
    sends: bool = True,
) -> None:
    """One round of steps, each with its own transactions: a fault in one is logged and does not stop the others.

    Parameters
    ----------
    seen
        Maps ordinals of dates to the version that was re-planned last.
    news
        Where news of lines comes from; without it connections follow the timetable.
    sends
        Whether notices are sent in this round, too, or by threads of their own.
    """
    steps: tuple[tuple[str, Callable[[], None]], ...] = (
        ("follow", lambda: _follow(operation)),
        ("keep connections", lambda: _keep_connections(operation, news)),
        ("place the unplaced", lambda: _place_unplaced(operation)),
        ("serve wishes", lambda: _serve_wishes(operation)),
        ("tell", lambda: _tell(operation, sends=sends)),
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


def _tell(operation: Operation, *, sends: bool) -> None:
    """What lies in the outbox is made ready, and goes out."""
    operation.notices.prepare()
    sent = operation.notices.send_all() if sends else 0
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
    """What is kept for hours (positions, answers for idempotency keys) is deleted; once a day all that is due."""
    operation.dispatch.forget(operation.today())
    operation.idempotency.forget()
    erased = operation.privacy.run_if_due()
    if erased is not None:
        log.info("anonymised what is kept no longer: %s", ", ".join(f"{n} {name}" for name, n in erased.items()))
