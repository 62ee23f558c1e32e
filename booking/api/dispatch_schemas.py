"""What the API takes and gives about the running day: reports, expected times, risks, cures, connections, modes."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

from booking.api.alternatives import A_REPORT
from booking.api.schemas import Strict
from booking.api.texts import NUMBER, Id, Moment, Name
from booking.at_risk import Risk
from booking.connections import ConnectionDecision
from booking.cures import Cure, CureKind
from booking.degraded import DegradedKind, DegradedMode
from booking.driver_events import NEEDS_RIDE, DriverEvent, EventKind, Source
from booking.prediction import Prediction
from booking.replacing import Replaced
from gtfs.service_day import ServiceDay
from routing.model import RequestId, ShiftId

Lon = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-180, le=180)]
Lat = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-90, le=90)]


class EventIn(Strict):
    """A report of a driver. ``id`` is chosen by the sender: the same one sent again is kept once."""

    model_config = ConfigDict(json_schema_extra=A_REPORT)

    id: Id
    kind: EventKind
    at: Moment
    ride_id: Id | None = None
    lon: Lon | None = None
    lat: Lat | None = None
    delay_min: Annotated[int, Field(ge=1, le=600), NUMBER] | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.kind in NEEDS_RIDE and self.ride_id is None:
            msg = f"{self.kind.value} is about a ride: give its ride_id"
            raise ValueError(msg)
        if (self.lon is None) != (self.lat is None):
            msg = "give both lon and lat, or neither"
            raise ValueError(msg)
        if self.kind is EventKind.POSITION and self.lon is None:
            msg = "a position has lon and lat"
            raise ValueError(msg)
        if (self.kind is EventKind.DELAY) != (self.delay_min is not None):
            msg = "a delay, and nothing else, has delay_min"
            raise ValueError(msg)
        return self

    def event(self, on: date, shift_id: ShiftId, source: Source) -> DriverEvent:
        """As the service takes it."""
        ride_id = None if self.ride_id is None else RequestId(self.ride_id)
        return DriverEvent(self.id, on, shift_id, self.kind, self.at, ride_id, self.lon, self.lat, source=source)


class EventOut(BaseModel):
    """Whether a report was new."""

    is_new: bool


class ExpectedOut(BaseModel):
    """When one end of a ride will begin, or began."""

    shift_id: str
    ride_id: str
    action: Literal["pickup", "dropoff"]
    expected_at: datetime
    is_done: bool

    @classmethod
    def all_of(cls, prediction: Prediction, service_day: ServiceDay) -> list[Self]:
        """Every visit of a day, run by run."""
        return [
            cls(
                shift_id=shift_id,
                ride_id=visit.request_id,
                action=visit.action.value,
                expected_at=service_day.at(visit.start_s),
                is_done=index < run.done,
            )
            for shift_id, run in prediction.runs.items()
            for index, visit in enumerate(run.visits)
            if visit.request_id is not None
        ]


class RiskOut(BaseModel):
    """A promise that will not be kept as things stand."""

    kind: str
    severity: str
    minutes: int
    shift_id: str | None
    ride_id: str | None
    expected_at: datetime | None

    @classmethod
    def of(cls, risk: Risk) -> Self:
        """From a risk."""
        return cls(
            kind=risk.kind.value,
            severity=risk.severity.value,
            minutes=risk.minutes,
            shift_id=risk.shift_id,
            ride_id=risk.request_id,
            expected_at=risk.expected_at,
        )


class ChangeOut(BaseModel):
    """What a cure does to a ride."""

    ride_id: str
    from_shift: str
    to_shift: str
    later_min: float
    keeps_promise: bool


class CureOut(BaseModel):
    """A way to keep promises that will be broken otherwise."""

    kind: CureKind
    shift_id: str
    rides: list[str]
    changes: list[ChangeOut]
    added_cost: float

    @classmethod
    def of(cls, cure: Cure) -> Self:
        """From a cure."""
        return cls(
            kind=cure.kind,
            shift_id=cure.shift_id,
            rides=list(cure.rides),
            changes=[
                ChangeOut(
                    ride_id=c.request_id,
                    from_shift=c.from_shift,
                    to_shift=c.to_shift,
                    later_min=round(c.pickup_later_s / 60, 1),
                    keeps_promise=c.keeps_promise,
                )
                for c in cure.changes
            ],
            added_cost=round(cure.added_cost, 1),
        )


class CureIn(Strict):
    """Which cure to apply."""

    kind: CureKind
    rides: Annotated[list[Id], Field(min_length=1, max_length=100)]


class EndShiftIn(Strict):
    """How a shift is to end. Without ``at`` now, without ``stop_id`` where the vehicle was seen last."""

    reason: Name
    at: Moment | None = None
    stop_id: Id | None = None
    is_stranded: StrictBool = False


class ReplacedOut(BaseModel):
    """What became of the rides of a shift that ended."""

    kept: list[str]
    later: list[str]
    unplaced: list[str]

    @classmethod
    def of(cls, replaced: Replaced) -> Self:
        """From the day with its rides placed anew."""
        later = [request.id for request in replaced.widened]
        return cls(kept=list(replaced.kept), later=list(later), unplaced=list(replaced.unplaced))


class DecisionOut(BaseModel):
    """What was decided about a ride that hangs on a line."""

    at: datetime
    ride_id: str
    booking_id: str
    line: str
    trip_id: str
    hub: str
    line_due_at: datetime
    line_expected_at: datetime | None
    decision: str
    reason: str
    wait_min: int

    @classmethod
    def of(cls, decided: ConnectionDecision) -> Self:
        """From a decision."""
        return cls(
            at=decided.at,
            ride_id=decided.request_id,
            booking_id=decided.booking_id,
            line=decided.held.line_name,
            trip_id=decided.held.trip_id,
            hub=decided.held.hub,
            line_due_at=decided.held.line_at,
            line_expected_at=decided.line_expected_at,
            decision=decided.decision.value,
            reason=decided.reason,
            wait_min=int(decided.details.get("wait_min", 0)),
        )


class DegradedIn(Strict):
    """When and where nothing new is booked. Without ``from_at`` from now, without ``to_at`` until switched off."""

    kind: DegradedKind
    area_id: Id | None = None
    from_at: Moment | None = None
    to_at: Moment | None = None


class DegradedOut(BaseModel):
    """A time in which nothing new is booked."""

    id: UUID
    kind: DegradedKind
    area_id: str | None
    from_at: datetime
    to_at: datetime | None

    @classmethod
    def of(cls, mode: DegradedMode) -> Self:
        """From a mode."""
        return cls(id=mode.id, kind=mode.kind, area_id=mode.area_id, from_at=mode.from_at, to_at=mode.to_at)
