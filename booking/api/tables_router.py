"""Stops, areas, shifts and bookings as CSV and GeoJSON, out and in."""

import hashlib
import json
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from booking.api.access import gate
from booking.api.codes import Code
from booking.api.etags import DayIfMatch
from booking.api.pages import Page
from booking.api.problems import problem, says
from booking.api.schemas import BookingOut
from booking.api.texts import ServiceDate
from booking.api_keys import Scope
from booking.district_problems import DistrictError, Problem
from booking.errors import PreconditionRequiredError, StaleError
from booking.exchange_bookings import BOOKING_COLUMNS, ORDER_COLUMNS, Outcome, booking_row
from booking.exchange_csv import write_csv
from booking.exchange_district import FILES, TAKES_EFFECT, Form, Table
from booking.model import Booking
from booking.operation import Operation
from booking.views import StaffView

TYPES = {Form.CSV: "text/csv", Form.GEOJSON: "application/geo+json"}
_AS_TABLE = {
    "text/csv": {"schema": {"type": "string"}},
    "application/geo+json": {"schema": {"type": "object", "required": ["type", "features"]}},
}
_BODY = {"requestBody": {"required": True, "content": _AS_TABLE}}
NOT_UTF8 = Problem("body", 0, "it is no text in UTF-8", 'save the file as "CSV UTF-8 (comma delimited)"')
NOT_GEOJSON = Problem("body", 0, "it is no FeatureCollection", "write the columns as properties of features")
_MEDIA = (Code.UNSUPPORTED_MEDIA_TYPE, Code.CONTENT_TOO_LARGE)
Apply = Annotated[bool, Query(description="Without it the answer only tells what would change.")]
AskedForm = Annotated[Form | None, Query(alias="format", description="Before `Accept`, which is asked otherwise.")]


class DifferenceOut(BaseModel):
    """What a table changes, or would change, by ids; of the changed ones the columns."""

    applied: bool
    added: list[str]
    removed: list[str]
    changed: dict[str, list[str]]
    takes_effect: str


class OrderReportOut(BaseModel):
    """What became of an order of the list."""

    line: int
    ref: str
    outcome: Outcome
    code: str
    reason: str
    departure_at: datetime | None
    price_ct: int | None


class OrdersOut(BaseModel):
    """What became of a list of orders."""

    applied: bool
    counts: dict[Outcome, int]
    orders: list[OrderReportOut]


class DayBookingOut(BaseModel):
    """A booking of a day, and who travels."""

    name: str
    phone: str
    email: str
    booking: BookingOut


async def read_body(request: Request) -> bytes:
    """The body as it came."""
    return await request.body()


Body = Annotated[bytes, Depends(read_body)]


def add_tables(router: APIRouter, operation: Operation) -> None:
    """Add tables of the district."""
    feeds, admin = Depends(gate(operation, Scope.FEEDS)), Depends(gate(operation, Scope.ADMIN))

    @router.get(
        "/tables/{table}",
        tags=["tables"],
        dependencies=[feeds],
        response_class=Response,
        responses={200: {"content": _AS_TABLE}},
        openapi_extra=says(Code.NOT_ACCEPTABLE),
    )
    def export(table: Table, request: Request, asked: AskedForm = None) -> Response:
        """A table as it stands in the district's folder. The service may still run on what stood there before."""
        form = _form_asked(request, asked, (Form.CSV, Form.GEOJSON))
        text = operation.exchange.export_table(table, form or Form.CSV)
        headers = {"ETag": f'"{_digest(operation, table)}"', **_named(f"{table}.{form or Form.CSV}")}
        return Response(text, media_type=f"{TYPES[form or Form.CSV]}; charset=utf-8", headers=headers)

    @router.post(
        "/tables/{table}/import",
        tags=["tables"],
        response_model=DifferenceOut,
        openapi_extra=_BODY
        | says(Code.IMPORT_INVALID, Code.STALE, Code.PRECONDITION_REQUIRED, Code.NOT_CHANGEABLE, *_MEDIA),
    )
    def take(
        table: Table,
        request: Request,
        body: Body,
        staff: Annotated[StaffView, admin],
        apply: Apply = False,  # noqa: FBT002 - a parameter of the address
        if_match: DayIfMatch = None,
    ) -> DifferenceOut | Response:
        """Check a table with the rest of the folder, and tell what it would change; with `apply` write it.

        All or nothing. `If-Match` is the ETag of `GET /tables/{table}`; `*` is any state.
        """
        if if_match is None:
            msg = "Send the ETag of GET /tables/{table} as If-Match, so that nobody's change is lost; * is any state."
            raise PreconditionRequiredError(msg)
        if if_match.strip() != "*" and _digest(operation, table) not in if_match:
            msg = "The table has changed since you got it. Please get it again, then decide anew."
            raise StaleError(msg)
        try:
            text = _text(body)
            came = operation.exchange.import_table(table, _form_sent(request), text, apply=apply, actor=staff.name)
        except DistrictError as error:
            return _import_problem(error)
        changed = {one: list(columns) for one, columns in came.difference.changed.items()}
        return DifferenceOut(
            applied=apply,
            added=list(came.difference.added),
            removed=list(came.difference.removed),
            changed=changed,
            takes_effect=TAKES_EFFECT,
        )


def add_booking_tables(router: APIRouter, operation: Operation) -> None:
    """Add lists of bookings."""
    dispatcher = Depends(gate(operation, Scope.DISPATCH))

    @router.get(
        "/days/{on}/bookings",
        tags=["tables"],
        dependencies=[dispatcher],
        response_model=list[DayBookingOut],
        responses={200: {"content": _AS_TABLE}},
        openapi_extra=says(Code.NOT_ACCEPTABLE),
    )
    def bookings(
        on: ServiceDate, request: Request, page: Page, asked: AskedForm = None
    ) -> list[DayBookingOut] | Response:
        """A day's bookings, cancelled ones too. CSV and JSON hold who travels; GeoJSON, made for maps, does not."""
        form = _form_asked(request, asked, (None, Form.CSV, Form.GEOJSON))
        found = operation.exchange.bookings(page.take(operation.exchange.codes(on), lambda code: (code,)))
        if form is None:
            return [
                DayBookingOut(
                    name=b.contact.name, phone=b.contact.phone, email=b.contact.email, booking=BookingOut.of(b)
                )
                for b in found
            ]
        if form is Form.CSV:
            text = write_csv(BOOKING_COLUMNS, [booking_row(booking) for booking in found])
        else:
            features = [_booking_feature(booking) for booking in found]
            text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
        headers = page.headers() | _named(f"bookings-{on}.{form}")
        return Response(text, media_type=f"{TYPES[form]}; charset=utf-8", headers=headers)

    @router.post(
        "/bookings/import",
        tags=["tables"],
        response_model=OrdersOut,
        openapi_extra=_BODY | says(Code.IMPORT_INVALID, *_MEDIA),
    )
    def take_orders(
        request: Request,
        body: Body,
        staff: Annotated[StaffView, dispatcher],
        apply: Apply = False,  # noqa: FBT002 - a parameter of the address
    ) -> OrdersOut | Response:
        """Take a desk's list of orders. One with a mistake books nothing; else each order gets its own report.

        CSV with the columns ref, from_stop, to_stop, depart_after or arrive_by, name, phone, email, persons,
        wheelchairs, prams, walking_frames, bikes, tickets; or GeoJSON with these as properties.
        """
        try:
            text = _text(body)
            if _form_sent(request) is Form.GEOJSON:
                text = _orders_of(text)
            reports = operation.exchange.import_orders(text, apply=apply, actor=staff.name)
        except DistrictError as error:
            return _import_problem(error)
        counts = {outcome: sum(one.outcome is outcome for one in reports) for outcome in Outcome}
        orders = [
            OrderReportOut(
                line=one.line,
                ref=one.ref,
                outcome=one.outcome,
                code=one.code,
                reason=one.reason,
                departure_at=one.departure_at,
                price_ct=one.price_ct,
            )
            for one in reports
        ]
        return OrdersOut(applied=apply, counts=counts, orders=orders)


def _form_asked(request: Request, asked: Form | None, known: tuple[Form | None, ...]) -> Form | None:
    """The form by ``?format=``, else by ``Accept``; the first one for whoever takes anything."""
    if asked is not None:
        return asked
    accept = request.headers.get("accept", "*/*")
    names = {None: "application/json", Form.CSV: TYPES[Form.CSV], Form.GEOJSON: TYPES[Form.GEOJSON]}
    for form in known:
        if names[form] in accept or "*/*" in accept or names[form].split("/")[0] + "/*" in accept:
            return form
    raise HTTPException(HTTPStatus.NOT_ACCEPTABLE, f"There is {', '.join(names[form] for form in known)}")


def _form_sent(request: Request) -> Form:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == TYPES[Form.CSV]:
        return Form.CSV
    if media_type in {TYPES[Form.GEOJSON], "application/json"}:
        return Form.GEOJSON
    raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send {' or '.join(TYPES.values())}")


def _text(body: bytes) -> str:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DistrictError([NOT_UTF8]) from None
    if "\x00" in text:
        raise DistrictError([NOT_UTF8])
    return text


def _orders_of(text: str) -> str:
    try:
        rows = [{k: str(v) for k, v in one["properties"].items()} for one in json.loads(text)["features"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DistrictError([NOT_GEOJSON]) from None
    return write_csv(ORDER_COLUMNS, rows)


def _import_problem(error: DistrictError) -> JSONResponse:
    said: list[dict[str, Any]] = [
        {"file": p.file, "line": p.line, "message": p.message, "remedy": p.remedy} for p in error.problems
    ]
    return problem(Code.IMPORT_INVALID, f"{len(said)} mistakes; nothing was written or booked.", problems=said)


def _booking_feature(booking: Booking) -> dict[str, Any]:
    hidden = {"name", "phone", "email", "origin", "destination"}
    properties = {name: value for name, value in booking_row(booking).items() if name not in hidden}
    enquiry = booking.offer.enquiry
    ends = [[end.lon, end.lat] for end in (enquiry.origin, enquiry.destination)]
    return {"type": "Feature", "properties": properties, "geometry": {"type": "LineString", "coordinates": ends}}


def _named(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def _digest(operation: Operation, table: Table) -> str:
    return hashlib.sha256((operation.district.folder / FILES[table]).read_bytes()).hexdigest()[:20]
