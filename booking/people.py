"""Who travels and who ordered it, as one value, and how it is kept beside a wish that waits or comes back."""

from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from booking.model import Booker, Contact, Enquiry


@dataclass(frozen=True, slots=True)
class People:
    """Who travels, and who ordered it if that is somebody else."""

    contact: Contact
    booker: Booker | None = None


_PEOPLE: TypeAdapter[People] = TypeAdapter(People)
_ENQUIRIES: TypeAdapter[Enquiry] = TypeAdapter(Enquiry)


def people_json(people: People) -> dict[str, Any]:
    """People as the database keeps them."""
    kept: dict[str, Any] = _PEOPLE.dump_python(people, mode="json")
    return kept


def people_of(kept: dict[str, Any]) -> People:
    """People as they were kept."""
    return _PEOPLE.validate_python(kept)


def enquiry_json(enquiry: Enquiry) -> dict[str, Any]:
    """An enquiry as the database keeps it."""
    kept: dict[str, Any] = _ENQUIRIES.dump_python(enquiry, mode="json")
    return kept


def enquiry_of(kept: dict[str, Any]) -> Enquiry:
    """An enquiry as it was kept."""
    return _ENQUIRIES.validate_python(kept)
