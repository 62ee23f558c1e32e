"""How artefacts lie in their folder: each in a folder of its own that is complete or absent, and one manifest.

A folder is named after the artefact and the fingerprint of everything it was made from. It is written under another
name and renamed when it is whole; the manifest, replaced last and in one step, says which folders belong together. A
crash at any moment leaves the last complete set in use, and what was finished is found again by the next build.
"""

import json
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from booking.settings import Settings

_FORMAT = 1
_MANIFEST = "manifest.json"
_ABOUT = "about.json"
_UNFINISHED = "unfinished-"
_ABANDONED_S = 3600
"""An unfinished folder so old is a crashed build's, not another process's."""


def artefact_folder(settings: Settings, district_id: str) -> Path:
    """Where the artefacts of a district are kept."""
    return settings.state_folder / "artefacts" / district_id


@dataclass(frozen=True, slots=True)
class Entry:
    """One artefact: its folder, the fingerprint of its inputs, how long it took to make, what it holds."""

    folder: str
    key: str
    seconds: float
    summary: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The artefacts that belong together.

    Parameters
    ----------
    stops_key
        Fingerprint of the stops the travel times are numbered by.
    files
        Size, time of change and SHA-256 of every input file, by path.
    """

    stops_key: str
    entries: Mapping[str, Entry]
    files: Mapping[str, tuple[int, int, str]]


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a folder; None if there is none that this program can read."""
    try:
        values = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        if values["format"] != _FORMAT:
            return None
        entries = {name: Entry(**entry) for name, entry in values["artefacts"].items()}
        files = {path: (int(size), int(ns), str(sha)) for path, (size, ns, sha) in values["files"].items()}
        return Manifest(values["stops"], entries, files)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace the manifest in one step."""
    values = {
        "format": _FORMAT,
        "stops": manifest.stops_key,
        "artefacts": {name: asdict(entry) for name, entry in manifest.entries.items()},
        "files": manifest.files,
    }
    draft = folder / f"{_UNFINISHED}{secrets.token_hex(4)}.json"
    draft.write_text(json.dumps(values, indent=1, ensure_ascii=False), encoding="utf-8")
    draft.replace(folder / _MANIFEST)


def find_finished(folder: Path, name: str, key: str) -> Entry | None:
    """An artefact with this key that a build (perhaps a crashed one) has finished."""
    for candidate in sorted(folder.glob(f"{name}-{key[:16]}-*")):
        try:
            about = json.loads((candidate / _ABOUT).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if about["key"] == key:
            return Entry(candidate.name, key, about["seconds"], about["summary"])
    return None


def make_artefact(folder: Path, name: str, key: str, make: Callable[[Path], str]) -> Entry:
    """Let ``make`` fill an empty folder and return its summary; keep the folder only if it succeeds."""
    token = secrets.token_hex(4)
    draft = folder / f"{_UNFINISHED}{name}-{token}"
    draft.mkdir()
    began = time.perf_counter()
    try:
        summary = make(draft)
        entry = Entry(f"{name}-{key[:16]}-{token}", key, round(time.perf_counter() - began, 2), summary)
        about = {"key": key, "seconds": entry.seconds, "summary": summary}
        (draft / _ABOUT).write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")
        draft.rename(folder / entry.folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return entry


def tidy(folder: Path, manifest: Manifest, names: tuple[str, ...]) -> None:
    """Remove artefacts the manifest does not name, and what crashed builds left behind.

    A process that has an old artefact open keeps it: the files live on until it closes them.
    """
    kept = {entry.folder for entry in manifest.entries.values()}
    for path in folder.iterdir():
        is_old = path.name.startswith(tuple(f"{name}-" for name in names)) and path.name not in kept
        is_unfinished = path.name.startswith(_UNFINISHED) and time.time() - path.stat().st_mtime > _ABANDONED_S
        if is_old or is_unfinished:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
