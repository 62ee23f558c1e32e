"""Where artefacts are made from: files and folders by their fingerprints, and downloads that are asked for politely."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import httpx2

from booking.district_main import is_url
from booking.errors import BookingError

_TIMEOUT_S = 60


class SourceError(BookingError):
    """A source cannot be read or downloaded; the text says which and what to do."""


@dataclass
class Fingerprints:
    """SHA-256 of files, remembered by size and time of change so that an unchanged file is not read again.

    Parameters
    ----------
    known
        What is remembered: for each path its size, time of change in nanoseconds and SHA-256.
    """

    known: dict[str, tuple[int, int, str]] = field(default_factory=dict)
    used: dict[str, tuple[int, int, str]] = field(default_factory=dict)

    def of(self, path: Path) -> str:
        """The fingerprint of a file, or of everything in a folder.

        Raises
        ------
        SourceError
            If there is nothing.
        """
        if path.is_dir():
            parts = [f"{p.relative_to(path)} {self._of_file(p)}" for p in sorted(path.rglob("*")) if p.is_file()]
            return digest(*parts)
        return self._of_file(path)

    def _of_file(self, path: Path) -> str:
        try:
            stat = path.stat()
            size, changed_ns, sha256 = self.known.get(str(path), (-1, -1, ""))
            if (size, changed_ns) != (stat.st_size, stat.st_mtime_ns):
                with path.open("rb") as file:
                    sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            message = f"{path} cannot be read ({error.strerror}): put it there, or change [sources] in district.toml"
            raise SourceError(message) from error
        self.used[str(path)] = (stat.st_size, stat.st_mtime_ns, sha256)
        return sha256


def digest(*parts: object) -> str:
    """SHA-256 over the texts of values, each told apart from the next."""
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()


def local_path(source: str, folder: Path) -> Path:
    """Where a source lies: the path itself, or where the download of an address is kept."""
    if not is_url(source):
        return Path(source)
    name = PurePosixPath(urlsplit(source).path).name or "download"
    return folder / f"{hashlib.sha256(source.encode()).hexdigest()[:12]}-{name}"


def refresh(source: str, folder: Path) -> tuple[Path, str]:
    """Download a source again if it changed; return where it lies and a note on what happened.

    The server is asked with the ``ETag`` and ``Last-Modified`` it gave last time. If it cannot be reached, the copy
    from last time serves.

    Raises
    ------
    SourceError
        If there is neither an answer nor a copy.
    """
    path = local_path(source, folder)
    if not is_url(source):
        return path, ""
    folder.mkdir(parents=True, exist_ok=True)
    kept = path.with_name(path.name + ".json")
    headers: dict[str, str] = json.loads(kept.read_text(encoding="utf-8")) if path.exists() and kept.exists() else {}
    try:
        return path, _download(source, path, kept, headers)
    except httpx2.HTTPError as error:
        reason = f"HTTP {error.response.status_code}" if isinstance(error, httpx2.HTTPStatusError) else str(error)
        if path.exists():
            return path, f"{source} could not be reached ({reason}); the copy from last time is used"
        message = (
            f"{source} cannot be downloaded ({reason}): check the address in [sources] of district.toml and the network"
        )
        raise SourceError(message) from error


def _download(source: str, path: Path, kept: Path, headers: dict[str, str]) -> str:
    part = path.with_name(path.name + ".part")
    with httpx2.stream("GET", source, headers=headers, follow_redirects=True, timeout=_TIMEOUT_S) as response:
        if response.status_code == httpx2.codes.NOT_MODIFIED:
            return f"{source} has not changed"
        response.raise_for_status()
        with part.open("wb") as file:
            for chunk in response.iter_bytes():
                file.write(chunk)
        given = {
            "If-None-Match": response.headers.get("ETag"),
            "If-Modified-Since": response.headers.get("Last-Modified"),
        }
    # First forget the old headers: a crash between the two must not marry a new ETag to an old file.
    kept.unlink(missing_ok=True)
    part.replace(path)
    kept.write_text(json.dumps({key: value for key, value in given.items() if value}), encoding="utf-8")
    return f"{source} was downloaded ({path.stat().st_size / 1e6:.1f} MB)"
