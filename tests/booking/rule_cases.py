"""What the tests of the rules stand on: rules written as an operator writes them, and which parameter each test is for.

``@covers("orders.phone.needs_desk")`` says that a test computes by hand what the parameter does. That every parameter
has such a test is checked in ``test_rules_parameters.py``.
"""

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar, get_args, get_type_hints

from booking.day import Day, open_day
from booking.day_insertions import DayInsertions
from booking.district_problems import Problems
from booking.district_rules import read_rulebook
from booking.enquiry_search import EnquirySearch, Network
from booking.journeys import Answerer
from booking.model import Answer, Enquiry, OfferId
from booking.rulebook import Rulebook, Rules
from gtfs.service_day import ServiceDay
from tests.tiny_district import RULES
from tests.tiny_network import local, service_day

_next_id = map(OfferId, map(str, count())).__next__
F = TypeVar("F", bound=Callable[..., object])


def covers(*_parameters: str) -> Callable[[F], F]:
    """Say which parameters of the rules a test is for; ``test_rules_parameters.py`` reads it from the source."""
    return lambda test: test


def rules_of(*changes: tuple[str, str], add: str = "") -> Rules:
    """The made-up district's rules with some texts replaced and others added at the end of the version."""
    text = RULES + add
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rules.toml"
        path.write_text(text, encoding="utf-8")
        problems = Problems()
        rulebook = read_rulebook(path, problems)
        problems.raise_if_any()
    assert rulebook is not None
    return rulebook.versions[0]


def under(network: Network, rules: Rules) -> Network:
    """The network with these rules alone."""
    return replace(network, district=replace(network.district, rulebook=Rulebook((rules,))))


class Days:
    """Days in memory."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.by_date: dict[object, Day] = {}

    def __call__(self, day: ServiceDay) -> Day:
        return self.by_date.setdefault(day.on, open_day(self.network.district, day))


def answer_of(network: Network, enquiry: Enquiry, now: str = "06:00", days: Days | None = None) -> Answer:
    """What an enquiry gets on days that are empty unless others are given."""
    return Answerer(network, days or Days(network), _next_id).answer(enquiry, local(now))


def search_of(network: Network, enquiry: Enquiry, now: str = "06:00", on: str = "2026-03-03") -> EnquirySearch:
    """The search of an enquiry on an empty day."""
    day = service_day(network, on)
    rules = network.district.rulebook.rules_on(day.on)
    insertions = DayInsertions(network.packed_days)
    return EnquirySearch(enquiry, network, rules, open_day(network.district, day), local(now), _next_id, insertions)


def list_parameters(kind: Any = Rules, prefix: str = "") -> Iterator[str]:  # noqa: ANN401 - any dataclass
    """Every parameter of the rules, by its place in the values."""
    hints = get_type_hints(kind)
    for field in fields(kind):
        inner = [part for part in (hints[field.name], *get_args(hints[field.name])) if is_dataclass(part)]
        if inner and field.name not in {"service_hours", "desk_hours", "hours"}:
            for part in inner:
                yield from list_parameters(part, f"{prefix}{field.name}.")
        else:
            yield f"{prefix}{field.name}"
