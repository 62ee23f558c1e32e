"""Style sheets, scripts and fonts: addresses that change with the content, so that browsers may keep them for long."""

import hashlib
from functools import lru_cache
from os import PathLike, stat_result
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC_FOLDER = Path(__file__).parent / "static"
FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


@lru_cache
def static_url(path: str) -> str:
    """The address of a file under ``web/static``, marked with a piece of its hash.

    Raises
    ------
    FileNotFoundError
        When there is no such file: a page that asks for it is wrong.
    """
    mark = hashlib.sha256((STATIC_FOLDER / path).read_bytes()).hexdigest()[:10]
    return f"/static/{path}?v={mark}"


class CachedStaticFiles(StaticFiles):
    """Static files with an ETag; those asked for by their marked address, and fonts, are kept for a year."""

    def file_response(
        self, full_path: "str | PathLike[str]", stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """The file, or 304 when the browser has it."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        is_marked = scope["query_string"].startswith(b"v=")
        is_font = str(full_path).endswith(".woff2")
        response.headers["Cache-Control"] = FOREVER if is_marked or is_font else ASK_AGAIN
        return response
