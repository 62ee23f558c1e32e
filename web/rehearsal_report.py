"""What a rehearsal came to, as lines to read."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from booking.artefact_store import artefact_folder
from booking.artefacts import build_artefacts, is_up_to_date, open_artefacts
from booking.bookings import OF_FACTS
from booking.day import Day
from booking.district_files import read_district
from booking.enquiry_search import Network
from booking.settings import Settings
from booking.store import load_agreed_day, load_day
from gtfs.service_day import ServiceDay
from planning.demand import make_wishes
from planning.run_figures import RunFigures, figures_of_days
from planning.simulate import ordinary_day
from routing.model import Action, RequestId
from routing.violations import violations
from web.rehearsal import Counts, Rehearsal, open_stage

console = Console(highlight=False)


def run_rehearsal(folder: Path, settings: Settings, *, requests: int, seed: int) -> None:
    """Build what is needed, play the day, print the report."""
    district = read_district(folder)
    artefacts_at = artefact_folder(settings, district.id)
    if not is_up_to_date(district, artefacts_at):
        build_artefacts(district, artefacts_at, progress=console.print)
    artefacts = open_artefacts(district, artefacts_at)
    service_day = ordinary_day(Network(district, artefacts))
    wishes = make_wishes(district, service_day, count=requests, seed=seed)
    first_at = service_day.at(min(wish.asked_s for wish in wishes))
    with open_stage(district, artefacts, first_at) as (operation, address), Progress(console=console) as bar:
        task = bar.add_task(f"{requests} wishes for {service_day.on}", total=requests)
        rehearsal = Rehearsal(operation, address, seed=seed)
        rehearsal.play(wishes, service_day, lambda: bar.advance(task))
        figures = figures_at_the_end(rehearsal, service_day)
    for line in lines_of_report(rehearsal.counts, figures):
        console.print(line, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class RehearsalFigures:
    """What stands in the database at the end.

    Parameters
    ----------
    promises, promises_kept
        Pickups and drop-offs that were promised; those that are planned within their windows.
    driven, driven_in_time
        Pickups and drop-offs that drivers reported, and those that began within what was promised.
    decisions
        About held connections whose line was late, the last one for each ride.
    violations
        What the judge finds, kind by kind: what no planning may bring about.
    on_the_road
        What comes of vehicles that are late, or of drivers who do things in another order.
    """

    promises: int
    promises_kept: int
    driven: int
    driven_in_time: int
    no_shows: int
    decisions: Counter[str]
    violations: Counter[str]
    on_the_road: Counter[str]
    runs: RunFigures


def figures_at_the_end(rehearsal: Rehearsal, service_day: ServiceDay) -> RehearsalFigures:
    """Read the days back from the database and judge them."""
    operation = rehearsal.operation
    times = operation.artefacts.times
    with operation.database.sessions() as session:
        around = (service_day.previous(), service_day, service_day.following())
        days = [load_day(session, operation.district, on) for on in around]
        agreed = load_agreed_day(session, operation.district, service_day)
    found = Counter(v.kind for day in days for v in violations(day.plan, day.problem(times, 0)))
    started = {key: service_day.seconds(at) for key, at in rehearsal.drivers.started_at.items()}
    driven = {key: start_s for key, start_s in started.items() if key[0] in agreed.requests}
    decisions = operation.dispatch.decisions(service_day.on)
    newest = {decision.request_id: decision.decision.value for decision in reversed(decisions)}
    return RehearsalFigures(
        promises=sum(2 * len(day.requests) for day in days),
        promises_kept=sum(_kept(day) for day in days),
        driven=len(driven),
        driven_in_time=sum(start_s <= _latest_s(agreed, *key) for key, start_s in driven.items()),
        no_shows=rehearsal.drivers.no_shows,
        decisions=Counter(newest.values()),
        violations=Counter({kind.value: number for kind, number in found.items() if kind not in OF_FACTS}),
        on_the_road=Counter({kind.value: number for kind, number in found.items() if kind in OF_FACTS}),
        runs=figures_of_days(days, times),
    )


def _latest_s(day: Day, ride_id: str, action: str) -> int:
    request = day.requests[RequestId(ride_id)]
    return (request.pickup_window if action == "pickup" else request.dropoff_window).latest_s


def _kept(day: Day) -> int:
    kept = 0
    for run in day.plan.runs.values():
        for visit in run.visits:
            if visit.request_id is not None:
                request = day.requests[visit.request_id]
                window = request.pickup_window if visit.action is Action.PICKUP else request.dropoff_window
                kept += visit.start_s in window
    return kept


def _listed(found: Counter[str]) -> str:
    kinds = ", ".join(f"{number} {kind}" for kind, number in found.most_common())
    return f"{found.total()} ({kinds})" if found else "0"


def lines_of_report(counts: Counts, figures: RehearsalFigures) -> Iterator[str]:
    """The report."""
    served, refused = counts.served.total(), counts.refused.total()
    asked = served + refused
    yield f"asked            {asked}"
    kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(counts.served.items()))
    yield f"served           {served} ({kinds}; {counts.shifted} at another time, within what the rider can give)"
    reasons = ", ".join(f"{number} {reason}" for reason, number in counts.refused.most_common())
    share = 100 * refused / asked if asked else 0.0
    yield f"refused          {refused} = {share:.1f} % ({reasons or 'none'})"
    yield f"cancelled        {counts.cancelled}"
    yield f"re-planned       {counts.improved} times for the better"
    yield f"promises planned {figures.promises_kept} of {figures.promises} within their windows"
    stayed_away = f"{figures.no_shows} riders did not come"
    yield f"promises driven  {figures.driven_in_time} of {figures.driven} in time; {stayed_away}"
    decided = ", ".join(f"{number} {decision}" for decision, number in figures.decisions.most_common())
    yield f"late lines       {figures.decisions.total()} rides: {decided or 'none'}"
    yield f"violations       {_listed(figures.violations)}; on the road: {_listed(figures.on_the_road)}"
    runs = figures.runs
    yield (
        f"runs             {runs.vehicles} vehicles, {runs.out_s / 3600:.1f} h, {runs.drive_m / 1000:.0f} km, "
        f"{100 * runs.empty_share:.0f} % of it empty, {runs.riders_per_hour:.2f} riders per vehicle-hour"
    )
    for kind in ("offer", "confirm", "cancel", "report"):
        p50, p95, p99 = (counts.quantile_ms(kind, share) for share in (0.5, 0.95, 0.99))
        yield f"{kind:16} p50 {p50:.0f} ms, p95 {p95:.0f} ms, p99 {p99:.0f} ms"
