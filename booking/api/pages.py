"""Long lists come in pages: a stable order, a bounded number, and a link to what comes next.

The body stays a plain array; ``Link: <…>; rel="next"`` (RFC 8288) leads on and is missing on the last page. A cursor
holds the key of the last item shown, so that what is added or removed meanwhile neither repeats nor hides an item.
"""

import base64
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Query, Request
from fastapi.responses import Response

from booking.errors import NotFoundError

T = TypeVar("T")
MOST = 1000


class Pager:
    """One page that was asked for."""

    def __init__(
        self,
        request: Request,
        response: Response,
        limit: Annotated[int, Query(ge=1, le=MOST, description="How many items at most.")] = MOST,
        cursor: Annotated[
            str | None,
            Query(min_length=1, max_length=400, pattern=r"^[A-Za-z0-9_-]+$", description="From `Link`, as it came."),
        ] = None,
    ) -> None:
        self._request, self._response, self._limit = request, response, limit
        self._after = None if cursor is None else _read(cursor)

    def take(self, items: Iterable[T], key: Callable[[T], tuple[str | int | float, ...]]) -> list[T]:
        """The items of the page, in the order of their keys, which are unique.

        Raises
        ------
        NotFoundError
            The cursor is not one of this list.
        """
        ordered = sorted(items, key=key)
        after = self._after
        if after is not None:
            try:
                ordered = [item for item in ordered if key(item) > after]
            except TypeError:
                raise NotFoundError(_UNKNOWN) from None
        page = ordered[: self._limit]
        if len(ordered) > len(page):
            self._link(key(page[-1]))
        return page

    def take_in_order(self, items: Sequence[T]) -> list[T]:
        """The items of the page of a list that is computed anew each time and has an order of its own."""
        numbered = self.take(enumerate(items), lambda one: (one[0],))
        return [item for _, item in numbered]

    def headers(self) -> dict[str, str]:
        """The link to the next page, for answers that are made by hand."""
        link = self._response.headers.get("Link")
        return {} if link is None else {"Link": link}

    def _link(self, last: tuple[str | int | float, ...]) -> None:
        cursor = base64.urlsafe_b64encode(json.dumps(last).encode()).decode().rstrip("=")
        following = self._request.url.include_query_params(limit=self._limit, cursor=cursor)
        self._response.headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'


Page = Annotated[Pager, Depends()]


def _read(cursor: str) -> tuple[Any, ...]:
    try:
        return tuple(json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))))
    except (ValueError, TypeError):
        raise NotFoundError(_UNKNOWN) from None


_UNKNOWN = "This cursor is not one of this list. Begin again without one."
