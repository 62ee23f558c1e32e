"""A day driven through the public API of a real server on a real database."""

from booking.enquiry_search import Network
from planning.demand import make_wishes
from planning.simulate import ordinary_day
from web.rehearsal import Rehearsal, open_stage
from web.rehearsal_report import figures_at_the_end, lines_of_report


def test_a_rehearsed_day_adds_up_and_keeps_its_promises(tiny: Network) -> None:
    service_day = ordinary_day(tiny)
    wishes = make_wishes(tiny.district, service_day, count=25, seed=3)
    first_at = service_day.at(min(wish.asked_s for wish in wishes))
    asked = []
    with open_stage(tiny.district, tiny.artefacts, first_at) as (operation, address):
        rehearsal = Rehearsal(operation, address, seed=3)
        rehearsal.play(wishes, service_day, lambda: asked.append(operation.clock()))
        figures = figures_at_the_end(rehearsal, service_day)
        booked = operation.day_view(service_day.on).bookings
    counts = rehearsal.counts
    assert len(asked) == 25
    assert asked == sorted(asked), "the clock never goes back"
    assert counts.served.total() + counts.refused.total() == 25
    assert counts.served["on_demand"] + counts.served["combined"] > 5
    assert booked <= counts.served["on_demand"] + counts.served["combined"] - counts.cancelled
    assert not figures.violations
    assert figures.promises_kept == figures.promises > 0
    assert figures.driven + 2 * figures.no_shows >= figures.promises - 4, "all but the neighbouring days' is driven"
    assert figures.driven_in_time >= 0.9 * figures.driven > 0
    assert len(counts.latency_s["offer"]) == 25
    report = "\n".join(lines_of_report(counts, figures))
    assert "asked            25" in report
