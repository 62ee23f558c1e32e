"""Dispatchers put rides into other vehicles and leave them there."""

from http import HTTPStatus
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, StrictBool

from booking.api.access import gate
from booking.api.codes import Code
from booking.api.etags import DayIfMatch, day_etag, having_seen_day
from booking.api.problems import says
from booking.api.route import REPEATABLE
from booking.api.schemas import Strict
from booking.api.texts import Id, ServiceDate
from booking.api_keys import Scope
from booking.moves import Placement
from booking.operation import Operation
from booking.views import StaffView
from routing.model import RequestId, ShiftId


class EffectOut(BaseModel):
    """What a placement does to another ride of the run; minutes, less than zero for earlier or shorter."""

    ride_id: str
    pickup_later_min: float
    dropoff_later_min: float


class PlacementOut(BaseModel):
    """A run that a ride could be in, with every promise kept, or is in."""

    shift_id: str
    is_current: bool
    added_cost: float
    pickup_s: int
    dropoff_s: int
    effects: list[EffectOut]

    @classmethod
    def of(cls, placement: Placement) -> Self:
        """From a placement."""
        return cls(
            shift_id=placement.shift_id,
            is_current=placement.is_current,
            added_cost=round(placement.added_cost, 1),
            pickup_s=placement.pickup_s,
            dropoff_s=placement.dropoff_s,
            effects=[
                EffectOut(
                    ride_id=effect.request_id,
                    pickup_later_min=round(effect.pickup_shift_s / 60, 1),
                    dropoff_later_min=round(effect.dropoff_shift_s / 60, 1),
                )
                for effect in placement.effects
            ],
        )


class MoveIn(Strict):
    """Where a ride is to go, and whether it stays there whatever is re-planned."""

    shift_id: Id
    is_locked: StrictBool = True


class LockIn(Strict):
    """Whether nobody but a dispatcher may change it."""

    is_locked: StrictBool


def add_moves(router: APIRouter, operation: Operation) -> None:
    """Add the calls about rides in their runs."""
    dispatcher = Depends(gate(operation, Scope.DISPATCH))
    refuses = says(Code.NOT_FOUND, Code.NOT_CHANGEABLE)

    @router.get(
        "/days/{on}/rides/{ride_id}/placements", tags=["dispatch"], dependencies=[dispatcher], openapi_extra=refuses
    )
    def placements(on: ServiceDate, ride_id: Id, response: Response) -> list[PlacementOut]:
        """The runs a ride could be in with every promise kept: where it is, then the others, cheapest first."""
        response.headers["ETag"] = day_etag(operation, on)
        found = operation.moves.placements(operation.service_day(on), RequestId(ride_id))
        return [PlacementOut.of(placement) for placement in found]

    @router.post(
        "/days/{on}/rides/{ride_id}/move",
        tags=["dispatch"],
        openapi_extra=says(
            Code.NOT_FOUND, Code.NOT_CHANGEABLE, Code.DOES_NOT_FIT, Code.STALE, Code.PRECONDITION_REQUIRED
        ),
    )
    def move(
        on: ServiceDate,
        ride_id: Id,
        body: MoveIn,
        staff: Annotated[StaffView, dispatcher],
        if_match: DayIfMatch = None,
    ) -> PlacementOut:
        """Put a ride into another run, where it costs least there."""
        with having_seen_day(operation, on, if_match):
            moved = operation.moves.move(
                operation.service_day(on),
                RequestId(ride_id),
                ShiftId(body.shift_id),
                actor=staff.name,
                locks=body.is_locked,
            )
        return PlacementOut.of(moved)

    @router.post(
        "/days/{on}/rides/{ride_id}/lock",
        tags=["dispatch"],
        status_code=HTTPStatus.NO_CONTENT,
        response_class=Response,
        response_model=None,
        openapi_extra=REPEATABLE | refuses,
    )
    def lock(on: ServiceDate, ride_id: Id, body: LockIn, staff: Annotated[StaffView, dispatcher]) -> None:
        """Leave a ride in the vehicle it is in, whatever is re-planned; or let it go again."""
        day = operation.service_day(on)
        operation.moves.lock(day, RequestId(ride_id), actor=staff.name, is_locked=body.is_locked)

    @router.post(
        "/days/{on}/runs/{shift_id}/lock",
        tags=["dispatch"],
        status_code=HTTPStatus.NO_CONTENT,
        response_class=Response,
        response_model=None,
        openapi_extra=REPEATABLE | says(Code.NOT_FOUND),
    )
    def lock_order(on: ServiceDate, shift_id: Id, body: LockIn, staff: Annotated[StaffView, dispatcher]) -> None:
        """Leave the rides of a run in it and in their order, whatever is re-planned; or let them go again."""
        day = operation.service_day(on)
        operation.moves.lock_order(day, ShiftId(shift_id), actor=staff.name, is_locked=body.is_locked)
