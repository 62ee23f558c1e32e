import csv
import json
from pathlib import Path

from booking.enquiry_search import Network
from gtfs.service_day import ServiceDay
from planning.demand import make_wishes
from planning.report import RunInfo, figures_by_village, total_figures, write_report
from planning.simulate import Outcome, Result, Simulation, ordinary_day
from tests.tiny_network import service_day


def simulate(network: Network, *, count: int = 80, seed: int = 1, improve_every: int = 0) -> tuple[list[Result], int]:
    day = service_day(network)
    simulation = Simulation(network, improve_every=improve_every, improve_iterations=50)
    wishes = make_wishes(network.district, day, count=count, seed=seed)
    results = simulation.run(wishes, day, lambda: None)
    return results, simulation.count_violations()


def info(network: Network, day: ServiceDay, violations: int) -> RunInfo:
    return RunInfo(
        network.district.id, network.district.name, day.on, 80, 1, "insertion", "2020-01", "rufnetz", violations
    )


def test_every_wish_has_one_outcome_and_no_plan_is_broken(tiny: Network) -> None:
    results, violations = simulate(tiny)
    total = total_figures(results)
    assert total.asked == 80 == total.served + total.outcomes[Outcome.REFUSED]
    assert sum(total.reasons.values()) == total.outcomes[Outcome.REFUSED]
    assert violations == 0
    assert total.outcomes[Outcome.RIDE] > 0


def test_villages_add_up_to_the_total(tiny: Network) -> None:
    results, _ = simulate(tiny)
    villages, total = figures_by_village(tiny.district, results), total_figures(results)
    assert len(villages) == len(tiny.district.villages)
    assert sum(f.asked for f in villages) == total.asked
    assert sum(f.served for f in villages) == total.served
    assert sum(f.to_hub for f in villages) == total.to_hub


def test_the_same_seed_gives_the_same_bytes(tiny: Network, tmp_path: Path) -> None:
    for name in ("one", "two"):
        results, violations = simulate(tiny)
        write_report(tmp_path / name, info(tiny, service_day(tiny), violations), tiny.district, results)
    one, two = ({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one == two
    assert set(one) == {"villages.csv", "wishes.csv", "summary.json", "report.html"}


def test_the_report_says_in_figures_what_became_of_the_wishes(tiny: Network, tmp_path: Path) -> None:
    results, violations = simulate(tiny)
    write_report(tmp_path, info(tiny, service_day(tiny), violations), tiny.district, results)
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert summary["asked"] == summary["served"] + summary["refused"]
    assert summary["served"] == sum(summary["served_by"].values())
    assert summary["refused"] == sum(summary["refused_by_reason"].values())
    rows = list(csv.DictReader((tmp_path / "villages.csv").read_text(encoding="utf-8").splitlines()))
    assert sum(int(row["asked"]) for row in rows) == summary["asked"]
    assert sum(int(row["refused"]) for row in rows) == summary["refused"]
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "http" not in page.replace("http-equiv", ""), "the page loads nothing from anywhere"
    assert "<script" not in page


def test_re_planning_in_between_breaks_no_promise(tiny: Network) -> None:
    results, violations = simulate(tiny, improve_every=10)
    assert violations == 0
    assert len(results) == 80


def test_the_ordinary_day_is_a_tuesday_without_holiday_and_not_todays_matter(tiny: Network) -> None:
    day = ordinary_day(tiny)
    assert day.on.isoformat() == "2020-01-07"
