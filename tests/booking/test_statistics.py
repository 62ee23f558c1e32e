"""What may be published: small counts stay hidden, whatever is added up and subtracted."""

from datetime import date, timedelta

import numpy as np
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from booking.model import Channel, Contact, Party
from booking.operation import Operation
from booking.privacy_cli import Form, _read_dimensions, statistics_text
from booking.statistics import Dimension, Line, Path, publishable
from tests.tiny_network import FakeClock, enquiry_of, local

ERIKA = Contact("Erika Beispiel")


def test_counts_that_are_large_enough_are_published_with_their_totals() -> None:
    assert publishable({("a", "8"): 7, ("a", "9"): 5, ("b", "8"): 6}, 5) == {
        (): 18,
        ("a",): 12,
        ("a", "8"): 7,
        ("a", "9"): 5,
        ("b",): 6,
        ("b", "8"): 6,
    }


def test_a_small_count_takes_the_smallest_of_its_neighbours_with_it() -> None:
    # Village b has 2 rides: the total of 29 minus 9 and 18 would tell it, so the 9 of village a go as well.
    published = publishable({("a",): 9, ("b",): 2, ("c",): 18}, 5)
    assert published == {(): 29, ("a",): None, ("b",): None, ("c",): 18}


def test_small_counts_hide_one_another_only_if_they_are_enough_together() -> None:
    assert publishable({("a",): 2, ("b",): 3, ("c",): 9}, 5) == {(): 14, ("a",): None, ("b",): None, ("c",): 9}
    # 1 and 2 together would still be told as 3.
    assert publishable({("a",): 1, ("b",): 2, ("c",): 9}, 5) == {(): 12, ("a",): None, ("b",): None, ("c",): None}


def test_the_parts_of_a_hidden_total_do_not_tell_it() -> None:
    # Village a has 9, of which each hour could be published; with village b's 2 hidden, a is hidden and so is an hour.
    published = publishable({("a", "8"): 5, ("a", "9"): 6, ("b", "8"): 2, ("c", "8"): 20}, 5)
    assert published[("a",)] is None
    assert published[("b",)] is None
    assert published[("b", "8")] is None
    assert [published[("a", "8")], published[("a", "9")]] == [None, 6]
    assert published[("c", "8")] == 20


def test_nothing_of_a_service_with_hardly_any_riders_is_published() -> None:
    assert set(publishable({("a",): 1, ("b",): 3}, 5).values()) == {None}
    assert publishable({("a",): 0}, 5) == {(): 0, ("a",): 0}
    assert publishable({}, 5) == {}


counts = st.dictionaries(
    st.tuples(st.sampled_from("abcd"), st.sampled_from("89"), st.sampled_from("xyz")), st.integers(0, 12), max_size=20
)


@given(counts, st.integers(2, 7))
def test_no_small_count_can_be_worked_out_from_what_is_published(found: dict[Path, int], k: int) -> None:
    published = publishable(found, k)
    totals = {path: sum(n for leaf, n in found.items() if leaf[: len(path)] == path) for path in published}
    assert all(shown in (None, totals[path]) for path, shown in published.items())
    assert not any(shown is not None and 0 < shown < k for shown in published.values())
    hidden = [path for path, shown in published.items() if shown is None]
    if not hidden:
        return
    # Every total is the sum of its parts: which of the hidden counts does that determine? Those that no solution of
    # the homogeneous equations changes.
    equations = []
    for parent in published:
        parts = [path for path in published if path[:-1] == parent and path]
        if parts:
            equations.append([(path in parts) - (path == parent) for path in hidden])
            sum_hidden = sum(totals[path] for path in parts if published[path] is None)
            assert published[parent] is None or sum_hidden == 0 or sum_hidden >= k, "not even their sum is small"
    matrix = np.array(equations or [[0] * len(hidden)], dtype=float)
    _, sizes, basis = np.linalg.svd(matrix)
    free = basis[int((sizes > 1e-9).sum()) :]
    assert all(np.abs(free[:, number]).max(initial=0) > 1e-9 for number in range(len(hidden)))


def test_served_and_refused_wishes_are_counted_by_where_and_when_they_begin(
    operation: Operation, clock: FakeClock
) -> None:
    for number in range(6):
        answer = operation.answer(enquiry_of(operation.network, "brueelow-markt", "cramnitz-markt", f"1{number}:30"))
        operation.confirm(operation.token(answer.offers[0]), ERIKA, Channel.WEB if number else Channel.PHONE)
    cancelled = operation.answer(enquiry_of(operation.network, "brueelow-markt", "cramnitz-markt", "18:00"))
    operation.cancel(operation.confirm(operation.token(cancelled.offers[0]), ERIKA, Channel.WEB).code)
    clock.at = local("09:30")
    late = enquiry_of(operation.network, "eldehof-markt", "doessin-markt", "10:00", party=Party(1, dogs=1))
    for _ in range(3):
        operation.answer(late)
    on = date(2026, 3, 3)
    by = (Dimension.MONTH, Dimension.VILLAGE, Dimension.NEED)
    assert operation.statistics(on, on, by=by, k=1) == [
        Line((), 6, 1),
        Line(("2026-03",), 6, 1),
        Line(("2026-03", "Brüelow"), 6, 0),
        Line(("2026-03", "Brüelow", "seat"), 6, 0),
        Line(("2026-03", "Eldehof"), 0, 1),
        Line(("2026-03", "Eldehof", "dog"), 0, 1),
    ]
    by_channel = operation.statistics(on, on, by=(Dimension.CHANNEL,), k=5)
    assert by_channel == [Line((), 6, None), Line(("phone",), None, 0), Line(("web",), None, None)]
    assert operation.statistics(on - timedelta(days=2), on - timedelta(days=1), by=by, k=5) == []


def test_lines_are_written_with_totals_and_gaps() -> None:
    lines = [Line((), 20, None), Line(("Brüelow",), None, 0)]
    assert statistics_text(lines, (Dimension.VILLAGE,), Form.CSV) == "village,served,refused\n*,20,\nBrüelow,,0\n"
    assert '"village": "Brüelow",\n  "served": null' in statistics_text(lines, (Dimension.VILLAGE,), Form.JSON)


def test_dimensions_are_named_once_each() -> None:
    assert _read_dimensions("month, need") == (Dimension.MONTH, Dimension.NEED)
    for wrong in ("month,month", "year", ""):
        with pytest.raises(typer.BadParameter, match="write each of month, village"):
            _read_dimensions(wrong)
