"""Hours of a kind of day, as several parts of the rules need them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hours:
    """Service or desk hours of a kind of day, seconds of the service day, half-open."""

    from_s: int
    to_s: int
