"""Values out of a parsed JSON document, each checked where it is taken, with errors that say where it stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import NoReturn

from routing.instance import InstanceError

_LARGEST = 9 * 10**7
"""Times beyond it would come near to what the engine calls unreachable."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of one JSON object.

    Parameters
    ----------
    where
        File and path of the object, as errors name it.
    """

    where: str
    values: Mapping[str, object]

    @classmethod
    def of(cls, value: object, where: str, known: frozenset[str]) -> "Fields":
        """The fields of a value that has to be an object with no other fields than the known ones."""
        if not isinstance(value, dict):
            msg = f"{where} is {_kind(value)}; write an object: {{…}}"
            raise InstanceError(msg)
        for name in value:
            if name not in known:
                msg = f"{where} has a field {name!r} that is not known; known are {', '.join(sorted(known))}"
                raise InstanceError(msg)
        return cls(where, value)

    def reject(self, name: str, what: str) -> NoReturn:
        """Raise an error about one of the fields."""
        msg = f"{self.where}.{name} {what}"
        raise InstanceError(msg)

    def get(self, name: str) -> object:
        """A field that must be there."""
        if name not in self.values:
            msg = f"{self.where} has no {name!r}; add it"
            raise InstanceError(msg)
        return self.values[name]

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self.values.get(name) is not None

    def text(self, name: str) -> str:
        """A text that is not empty."""
        value = self.get(name)
        if not isinstance(value, str) or not value:
            self.reject(name, f"is {_kind(value)}; write a text in quotation marks")
        return value

    def number(self, name: str, default: float | None = None) -> float:
        """A number of zero or more."""
        value = default if default is not None and name not in self.values else self.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            self.reject(name, f"is {_kind(value)}; write a number")
        if value < 0:
            self.reject(name, f"is {value}; it can't be less than 0")
        return value

    def whole(self, name: str, default: int | None = None) -> int:
        """A whole number of zero or more, of seconds or metres or heads."""
        value = self.number(name, default)
        if value != int(value) or value > _LARGEST:
            self.reject(name, f"is {value}; write a whole number up to {_LARGEST}")
        return int(value)

    def whole_or_none(self, name: str) -> int | None:
        """A whole number, or None if the field is left out or null."""
        return self.whole(name) if self.has(name) else None

    def truth(self, name: str, *, default: bool) -> bool:
        """True or false."""
        value = self.values.get(name, default)
        if not isinstance(value, bool):
            self.reject(name, f"is {_kind(value)}; write true or false")
        return value

    def items(self, name: str, *, is_optional: bool = False) -> Iterator[tuple[str, object]]:
        """The entries of a list, each with where it stands."""
        value = self.values.get(name, []) if is_optional else self.get(name)
        if not isinstance(value, list):
            self.reject(name, f"is {_kind(value)}; write a list: […]")
        for number, item in enumerate(value):
            yield f"{self.where}.{name}[{number}]", item

    def texts(self, name: str) -> Iterator[str]:
        """The entries of a list of texts; none if it is left out."""
        for where, item in self.items(name, is_optional=True):
            if not isinstance(item, str):
                msg = f"{where} is {_kind(item)}; write a text in quotation marks"
                raise InstanceError(msg)
            yield item

    def window(self, name: str) -> tuple[int, int]:
        """Two whole numbers, the second not less than the first."""
        bounds = [item for _, item in self.items(name)]
        if len(bounds) != 2 or not all(type(bound) is int and 0 <= bound <= _LARGEST for bound in bounds):
            self.reject(name, "must be [earliest, latest] in whole seconds since the start of the service day")
        earliest_s, latest_s = (int(str(bound)) for bound in bounds)
        if earliest_s > latest_s:
            self.reject(name, f"ends at {latest_s}, before it begins at {earliest_s}; correct one of the two")
        return earliest_s, latest_s


def _kind(value: object) -> str:
    """What a value is, in JSON's words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return repr(value)
