"""What a simulated day came to: figures by village as CSV, totals as JSON, one self-contained page with a map."""

import csv
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import cos, radians
from pathlib import Path
from statistics import mean
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from booking.district import District, Village
from booking.model import Reason
from planning.simulate import Outcome, Result

SERVED = (Outcome.RIDE, Outcome.COMBINED, Outcome.LINE)
MAP_WIDTH = 900
CLASSES = ((0.6, "unter 60 %"), (0.75, "60 bis 75 %"), (0.9, "75 bis 90 %"), (1.01, "über 90 %"))
"""Upper bounds of the share served, and how the key of the map calls them."""
REASONS = {
    Reason.TOO_LATE_TO_ORDER: "zu spät bestellt",
    Reason.IN_THE_PAST: "Zeit schon vorbei",
    Reason.TOO_FAR_AHEAD: "zu früh bestellt",
    Reason.OUTSIDE_SERVICE_HOURS: "außerhalb der Betriebszeit",
    Reason.NO_SERVICE_THAT_DAY: "an dem Tag kein Betrieb",
    Reason.OUTSIDE_SERVICE_AREA: "keine Haltestelle in der Nähe",
    Reason.AREAS_NOT_CONNECTED: "Gebiete ohne direkte Fahrt und ohne passenden Anschluss",
    Reason.PARTY_TOO_LARGE: "zu viele Personen",
    Reason.BY_PHONE_ONLY: "nur am Telefon",
    Reason.NO_SUITABLE_VEHICLE: "kein passendes Fahrzeug in der Flotte",
    Reason.NONE_SUITABLE_ON_DUTY: "kein passendes Fahrzeug im Dienst",
    Reason.NONE_SUITABLE_FREE: "kein passendes Fahrzeug frei",
    Reason.NO_VEHICLE_FREE: "kein Fahrzeug frei",
    Reason.TOO_SHORT_TO_RIDE: "Weg zu kurz für eine Fahrt",
    Reason.SAME_PLACE: "Start und Ziel gleich",
    Reason.NOT_REACHABLE: "keine Straße dorthin",
}
"""What the table calls the reasons."""


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What makes a report repeatable."""

    district_id: str
    district_name: str
    on: date
    requests: int
    seed: int
    policy: str
    rules_version: str
    program: str
    violations: int


@dataclass(frozen=True, slots=True)
class VillageFigures:
    """One village's wishes and what became of them."""

    village: Village
    asked: int
    outcomes: Counter[Outcome]
    reasons: Counter[str]
    waits_s: tuple[int, ...]
    to_hub: int
    shifted: int

    @property
    def served(self) -> int:
        """Wishes that got a ride, a ride and a line, or a line."""
        return sum(self.outcomes[outcome] for outcome in SERVED)

    @property
    def share_served(self) -> float | None:
        """Share of wishes served; None where nobody asked."""
        return self.served / self.asked if self.asked else None

    def wait_min(self, quantile: float | None = None) -> float | None:
        """Mean time between wish and journey in minutes, or a quantile of it; None where nobody was served."""
        if not self.waits_s:
            return None
        if quantile is None:
            return round(mean(self.waits_s) / 60, 1)
        ordered = sorted(self.waits_s)
        return round(ordered[min(len(ordered) - 1, int(quantile * len(ordered)))] / 60, 1)


def figures_by_village(district: District, results: Sequence[Result]) -> tuple[VillageFigures, ...]:
    """Figures of every village, those nobody asked from included, in the order of ``places.csv``."""
    by_village: dict[Village, list[Result]] = {village: [] for village in district.villages}
    for result in results:
        by_village[result.wish.village].append(result)
    return tuple(_figures(village, found) for village, found in by_village.items())


def total_figures(results: Sequence[Result]) -> VillageFigures:
    """Figures of all wishes together."""
    return _figures(Village("gesamt", 0, 0, 0, "total"), results)


def _figures(village: Village, results: Sequence[Result]) -> VillageFigures:
    return VillageFigures(
        village=village,
        asked=len(results),
        outcomes=Counter(r.outcome for r in results),
        reasons=Counter(r.reason.value for r in results if r.reason is not None),
        waits_s=tuple(r.wait_s for r in results if r.outcome is not Outcome.REFUSED),
        to_hub=sum(r.meets_hub for r in results),
        shifted=sum(r.is_shifted for r in results if r.outcome is not Outcome.REFUSED),
    )


def write_report(folder: Path, info: RunInfo, district: District, results: Sequence[Result]) -> None:
    """Write ``villages.csv``, ``wishes.csv``, ``summary.json`` and ``report.html`` into a folder (made if missing).

    The same results give the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    villages, total = figures_by_village(district, results), total_figures(results)
    reasons = sorted({reason for figures in villages for reason in figures.reasons})
    _write_villages(folder / "villages.csv", villages, reasons)
    _write_wishes(folder / "wishes.csv", results)
    summary = json.dumps(summarise(info, total), ensure_ascii=False, indent=2, sort_keys=True)
    (folder / "summary.json").write_text(summary + "\n", encoding="utf-8")
    (folder / "report.html").write_text(_page(info, district, villages, total), encoding="utf-8")


def summarise(info: RunInfo, total: VillageFigures) -> dict[str, Any]:
    """The totals; served and refused add up to asked."""
    return {
        "district": info.district_id,
        "district_name": info.district_name,
        "on": info.on.isoformat(),
        "requests": info.requests,
        "seed": info.seed,
        "policy": info.policy,
        "rules_version": info.rules_version,
        "program": info.program,
        "asked": total.asked,
        "served": total.served,
        "served_by": {outcome.value: total.outcomes[outcome] for outcome in SERVED},
        "served_shifted": total.shifted,
        "refused": total.outcomes[Outcome.REFUSED],
        "refused_by_reason": dict(sorted(total.reasons.items())),
        "wait_min_mean": total.wait_min(),
        "wait_min_p90": total.wait_min(0.9),
        "rides_at_hub": total.to_hub,
        "violations": info.violations,
    }


def _write_villages(path: Path, villages: Sequence[VillageFigures], reasons: Sequence[str]) -> None:
    header = ["village", "lon", "lat", "inhabitants", "asked", "served", "ride", "combined", "line", "refused"]
    header += [f"refused_{reason}" for reason in reasons]
    header += ["wait_min_mean", "wait_min_p90", "rides_at_hub", "served_shifted"]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for f in villages:
            row = [f.village.name, f.village.lon, f.village.lat, f.village.inhabitants, f.asked, f.served]
            row += [f.outcomes[outcome] for outcome in (*SERVED, Outcome.REFUSED)]
            row += [f.reasons[reason] for reason in reasons]
            writer.writerow([*row, *_blank(f.wait_min(), f.wait_min(0.9)), f.to_hub, f.shifted])


def _blank(*values: float | None) -> list[float | str]:
    return ["" if value is None else value for value in values]


def _write_wishes(path: Path, results: Sequence[Result]) -> None:
    header = ["number", "village", "purpose", "timing", "wished_at", "persons", "wheelchairs", "channel"]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*header, "outcome", "reason", "wait_s", "rides_at_hub", "shifted"])
        for result in results:
            wish, enquiry = result.wish, result.wish.enquiry
            row = [wish.number, wish.village.name, wish.purpose, enquiry.timing.value, enquiry.wished_at.isoformat()]
            row += [enquiry.party.persons, enquiry.party.wheelchairs, enquiry.channel.value, result.outcome.value]
            reason = "" if result.reason is None else result.reason.value
            writer.writerow([*row, reason, result.wait_s, int(result.meets_hub), int(result.is_shifted)])


def _page(info: RunInfo, district: District, villages: Sequence[VillageFigures], total: VillageFigures) -> str:
    environment = Environment(
        loader=PackageLoader("planning"), autoescape=select_autoescape(), undefined=StrictUndefined, trim_blocks=True
    )
    asked = [f for f in villages if f.asked]
    worst = sorted(asked, key=lambda f: (f.share_served or 0, -f.asked, f.village.name))
    return environment.get_template("report.html").render(
        info=info,
        total=total,
        outcomes=Outcome,
        villages=worst,
        silent=sum(not f.asked for f in villages),
        map=_map(district, villages),
        classes=CLASSES,
        decimal=_decimal,
        reasons={reason.value: label for reason, label in REASONS.items()},
    )


def _decimal(value: float | None) -> str:
    """A figure with one decimal as Germans write it; a dash where there is none."""
    return "-" if value is None else f"{value:.1f}".replace(".", ",")


def _map(district: District, villages: Sequence[VillageFigures]) -> dict[str, Any]:
    """Areas and villages on a plain map, in SVG units: circles as large as the wishes, by class of share served."""
    lons = [v.lon for v in district.villages] + [x for a in district.areas for x in a.polygon.bounds[::2]]
    lats = [v.lat for v in district.villages] + [y for a in district.areas for y in a.polygon.bounds[1::2]]
    west, north = min(lons), max(lats)
    shrink = cos(radians((min(lats) + north) / 2))
    scale = MAP_WIDTH / ((max(lons) - west) * shrink or 1)

    def point(lon: float, lat: float) -> tuple[float, float]:
        return round((lon - west) * shrink * scale, 1), round((north - lat) * scale, 1)

    circles = [
        {
            "point": point(f.village.lon, f.village.lat),
            "radius": round(3 + 2.2 * f.asked**0.5, 1),
            "klass": "none" if f.share_served is None else _class_of(f.share_served),
            "figures": f,
        }
        for f in sorted(villages, key=lambda f: -f.asked)
    ]
    return {
        "width": MAP_WIDTH,
        "height": round((north - min(lats)) * scale, 1),
        "areas": [
            {"name": a.name, "points": " ".join(f"{x},{y}" for x, y in (point(*c) for c in a.polygon.exterior.coords))}
            for a in district.areas
        ],
        "hubs": [point(s.lon, s.lat) for s in district.stops if s.is_hub],
        "circles": circles,
    }


def _class_of(share: float) -> int:
    return next(number for number, (bound, _) in enumerate(CLASSES) if share < bound)
