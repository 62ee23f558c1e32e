"""Pages of a day renew themselves: server-sent events say when there is something new to see.

An event holds no data of the day, only that it is another one; the page then fetches itself. So nothing is said twice
in two forms, and whoever was away, or whose server was, is up to date after one event. The id of an event is the state
of the day: a browser that comes back says by ``Last-Event-ID`` which one it has seen.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse
from fastapi.templating import Jinja2Templates
from starlette.concurrency import run_in_threadpool

from booking.operation import Operation
from booking.views import StaffView
from web.staff import PREFIX, StaffGate, StaffRoute

LASTS_S = 300.0
"""A stream ends after so long, and the browser asks anew: by then the login may be over."""
LOOKS_S = 1.0
"""So often the database is asked, once for all who look at the same day."""
BEATS_S = 15.0
"""So often something is sent in any case, so that a line that is cut is noticed."""
RETRY_MS = 2000


class DayStates:
    """The states of the days that somebody looks at, asked of the database once a moment by whoever comes first."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._seen: dict[date, tuple[float, str]] = {}
        self._locks: dict[date, asyncio.Lock] = {}

    async def state(self, on: date) -> str:
        """The state of a day, a moment old at most."""
        async with self._locks.setdefault(on, asyncio.Lock()):
            asked_s, state = self._seen.get(on, (0.0, ""))
            if time.monotonic() - asked_s >= LOOKS_S:
                state = await run_in_threadpool(self._operation.day_state, on)
                self._seen[on] = (time.monotonic(), state)
            return state


async def event_stream(states: DayStates, on: date, seen: str) -> AsyncIterator[str]:
    """Events for one browser, as text: one at once if it has not seen the day as it is, then one for each change."""
    yield f"retry: {RETRY_MS}\n\n"
    ends_s = time.monotonic() + LASTS_S
    beats_s = time.monotonic() + BEATS_S
    while True:
        state = await states.state(on)
        if state != seen:
            seen = state
            yield f"event: changed\nid: {state}\ndata: {state}\n\n"
        if time.monotonic() >= ends_s:
            return
        if time.monotonic() >= beats_s:
            beats_s = time.monotonic() + BEATS_S
            yield ": still here\n\n"
        await asyncio.sleep(LOOKS_S)


def create_router(operation: Operation, templates: Jinja2Templates) -> APIRouter:
    """The stream of a day."""
    router = APIRouter(prefix=f"{PREFIX}/day", route_class=StaffRoute)
    gate = StaffGate(operation, templates)
    states = DayStates(operation)

    @router.get("/{on}/live")
    async def live(
        request: Request,  # noqa: ARG001 - the gate asks for it
        _staff: Annotated[StaffView, Depends(gate.require())],
        on: date,
        seen: Annotated[str, Query(max_length=100)] = "",
        last_event_id: Annotated[str, Header(max_length=100)] = "",
    ) -> StreamingResponse:
        """Say when there is something new to see of a day."""
        return StreamingResponse(
            event_stream(states, on, last_event_id or seen),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    return router
