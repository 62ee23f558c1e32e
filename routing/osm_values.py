"""Sizes and durations out of the texts of OpenStreetMap tags."""

import re

_SIZE_PATTERN = re.compile(r"(\d+(?:[.,]\d+)?)\s*(m|t)?$")
_FEET_PATTERN = re.compile(r"(\d+)'(?:\s*(\d+)\")?$")
_CLOCK_PATTERN = re.compile(r"(?:(\d+):)?(\d+)(?::(\d+))?$")
_ISO_PATTERN = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$")


def read_metres(text: str) -> float | None:
    """A length in metres out of a tag such as ``2.8``, ``2,8 m`` or ``9'6"``; None where it is none."""
    feet = _FEET_PATTERN.match(text.strip())
    if feet is not None:
        return int(feet[1]) * 0.3048 + int(feet[2] or 0) * 0.0254
    return _read_size(text, "m")


def read_tonnes(text: str) -> float | None:
    """A weight in tonnes out of a tag such as ``3.5`` or ``3,5 t``; None where it is none."""
    return _read_size(text, "t")


def _read_size(text: str, unit: str) -> float | None:
    found = _SIZE_PATTERN.match(text.strip())
    return float(found[1].replace(",", ".")) if found is not None and found[2] in {None, unit} else None


def read_duration(text: str) -> float | None:
    """A duration in seconds out of a tag such as ``00:20``, ``20`` (minutes) or ``PT20M``; None where it is none."""
    word = text.strip()
    iso = _ISO_PATTERN.match(word)
    if iso is not None and any(iso.groups()):
        hours, minutes, seconds = (int(part or 0) for part in iso.groups())
    else:
        clock = _CLOCK_PATTERN.match(word)
        if clock is None:
            return None
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
    return float(hours * 3600 + minutes * 60 + seconds) or None
