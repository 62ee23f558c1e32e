"""The planners' pages: what simulated days came to, side by side, and village by village."""

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import FileResponse, Response
from fastapi.templating import Jinja2Templates
from pydantic import BaseModel, ConfigDict, ValidationError

from booking.errors import NotFoundError
from booking.operation import Operation
from booking.staff import Role
from booking.views import StaffView
from web.staff import PREFIX, StaffGate, StaffRoute

SUMMARY, PAGE, VILLAGES, WISHES = "summary.json", "report.html", "villages.csv", "wishes.csv"
DOWNLOADS = (VILLAGES, WISHES)
REPORT_HEADERS = {
    # the report is a page of its own with its style inside; nothing in it may run, load or leave its frame
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:;"
    " frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",
}


class Summary(BaseModel):
    """The figures of ``summary.json`` that the list shows; others in it are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    district: str
    on: date
    requests: int
    seed: int
    policy: str
    rules_version: str
    program: str
    asked: int
    served: int
    refused: int
    served_by: dict[str, int]
    wait_min_mean: float | None
    wait_min_p90: float | None
    rides_at_hub: int
    violations: int

    @property
    def share_served(self) -> float:
        """Per cent of the wishes."""
        return 100 * self.served / self.asked if self.asked else 0.0


@dataclass(frozen=True, slots=True)
class Report:
    """A folder that ``rufnetz plan run`` has written."""

    name: str
    folder: Path
    summary: Summary


@dataclass(frozen=True, slots=True)
class VillageRow:
    """What became of the wishes of one village."""

    name: str
    inhabitants: int
    asked: int
    served: int
    ride: int
    combined: int
    line: int
    refused: int
    wait_min_mean: float | None

    @property
    def share_served(self) -> float | None:
        """Per cent of the wishes; None where nobody asked."""
        return 100 * self.served / self.asked if self.asked else None


def list_reports(folder: Path, district_id: str) -> list[Report]:
    """The reports of a district, latest day first; folders without a readable summary are none."""
    reports = []
    for path in folder.glob(f"*/{SUMMARY}"):
        try:
            summary = Summary.model_validate_json(path.read_bytes())
        except ValidationError:
            continue
        if summary.district == district_id and (path.parent / PAGE).exists():
            reports.append(Report(path.parent.name, path.parent, summary))
    return sorted(reports, key=lambda report: (report.summary.on, report.name), reverse=True)


def read_villages(path: Path) -> list[VillageRow]:
    """The villages that somebody asked from, worst served first."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [
            VillageRow(
                name=row["village"],
                inhabitants=int(row["inhabitants"]),
                asked=int(row["asked"]),
                served=int(row["served"]),
                ride=int(row["ride"]),
                combined=int(row["combined"]),
                line=int(row["line"]),
                refused=int(row["refused"]),
                wait_min_mean=float(row["wait_min_mean"]) if row["wait_min_mean"] else None,
            )
            for row in csv.DictReader(file)
        ]
    return sorted((r for r in rows if r.asked), key=lambda r: (r.share_served or 0, -r.asked, r.name))


def create_router(operation: Operation, templates: Jinja2Templates) -> APIRouter:
    """The pages of the planners."""
    router = APIRouter(prefix=f"{PREFIX}/planner", route_class=StaffRoute)
    gate = StaffGate(operation, templates)
    folder = operation.settings.state_folder / "reports"

    def get_report(name: str) -> Report:
        # looked up by name among those that are there: an address can't lead elsewhere in the file system
        report = next((r for r in list_reports(folder, operation.district.id) if r.name == name), None)
        if report is None:
            msg = f"There is no report {name}."
            raise NotFoundError(msg)
        return report

    def page(request: Request, staff: StaffView, template: str, context: dict[str, Any]) -> Response:
        return templates.TemplateResponse(request, f"planner/{template}", {"staff": staff, **context})

    @router.get("")
    def show_reports(request: Request, staff: Annotated[StaffView, Depends(gate.require(Role.PLANNER))]) -> Response:
        context = {
            "reports": list_reports(folder, operation.district.id),
            "district_folder": operation.district.folder.name or operation.district.id,
        }
        return page(request, staff, "reports.html", context)

    @router.get("/{name}")
    def show_report(
        request: Request, staff: Annotated[StaffView, Depends(gate.require(Role.PLANNER))], name: str
    ) -> Response:
        report = get_report(name)
        villages = read_villages(report.folder / VILLAGES)
        return page(request, staff, "report.html", {"report": report, "villages": villages, "downloads": DOWNLOADS})

    @router.get("/{name}/page")
    def show_own_page(_staff: Annotated[StaffView, Depends(gate.require(Role.PLANNER))], name: str) -> Response:
        return FileResponse(get_report(name).folder / PAGE, media_type="text/html", headers=REPORT_HEADERS)

    @router.get("/{name}/file")
    def download(
        _staff: Annotated[StaffView, Depends(gate.require(Role.PLANNER))],
        name: str,
        of: Annotated[str, Query(pattern=f"^({'|'.join(DOWNLOADS)})$")],
    ) -> Response:
        path = get_report(name).folder / of
        return FileResponse(path, media_type="text/csv", filename=f"{name}-{of}")

    return router
