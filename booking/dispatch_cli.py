"""Commands for the running day: promises at risk, shifts that end, degraded modes."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from booking.commands import DistrictFolder
from booking.degraded import DegradedKind
from booking.disruptions import Ending
from booking.model import AreaId, StopId
from booking.opening import open_operation
from booking.operation import Operation
from booking.settings import read_settings
from routing.model import ShiftId

ACTOR = "command line"
console = Console()


def print_risks(district: DistrictFolder) -> None:
    """Print the promises of today that will not be kept as things stand, and what can be done."""
    with open_operation(district, read_settings()) as operation:
        zone, on = operation.district.zone, operation.today()
        table = Table("", "What", "Shift", "Ride", "Minutes", "Expected", title=str(on), title_justify="left")
        for risk in operation.dispatch.risks(on):
            at = "" if risk.expected_at is None else f"{risk.expected_at.astimezone(zone):%H:%M}"
            shift, ride = risk.shift_id or "", risk.request_id or ""
            table.add_row(risk.severity, risk.kind, escape(shift), ride, str(risk.minutes or ""), at)
        console.print(table)
        for cure in operation.dispatch.cures(on):
            moves = ", ".join(
                f"{c.request_id}: {c.from_shift} to {c.to_shift}, {c.pickup_later_s / 60:+.0f} min"
                for c in cure.changes
            )
            console.print(f"{cure.kind} for {', '.join(cure.rides)}: {escape(moves)}", soft_wrap=True)


def end_shift(
    district: DistrictFolder,
    shift: Annotated[str, typer.Argument(help="The shift that ends.")],
    reason: Annotated[str, typer.Option(help="Why, for the log.")],
    stop: Annotated[str | None, typer.Option(help="Where; else where the vehicle was seen last.")] = None,
    *,
    stranded: Annotated[bool, typer.Option("--stranded", help="Whoever is on board waits there for another.")] = False,
) -> None:
    """End a shift of today now and place its riders anew."""
    with open_operation(district, read_settings()) as operation:
        if stop is not None and StopId(stop) not in operation.district.stop_by_id:
            msg = f"There is no stop {stop}."
            raise typer.BadParameter(msg)
        ending = Ending(ShiftId(shift), stop=None if stop is None else StopId(stop), is_stranded=stranded)
        replaced = operation.dispatch.end_shift(operation.today(), ending, actor=ACTOR, reason=reason)
        console.print(
            f"{shift} has ended. Rides that keep their promise: {len(replaced.kept)}; later: {len(replaced.widened)}; "
            f"without a vehicle: {len(replaced.unplaced)}."
        )


def switch_on(
    district: DistrictFolder,
    kind: Annotated[DegradedKind, typer.Argument(help="Why.")],
    area: Annotated[str | None, typer.Option(help="Only rides that touch this area; else all.")] = None,
    begin: Annotated[str | None, typer.Option("--from", help="Local time, e.g. 2026-12-24T06:00; else now.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Local time; else until switched off.")] = None,
) -> None:
    """Stop new bookings, keep those there are, tell everybody who is affected."""
    with open_operation(district, read_settings()) as operation:
        from_at = operation.clock() if begin is None else _local(operation, begin)
        to_at = None if end is None else _local(operation, end)
        area_id = None if area is None else AreaId(area)
        mode = operation.dispatch.switch_on(kind, from_at, to_at, area_id, actor=ACTOR)
        console.print(f"Switched on: {mode.id}")


def switch_off(district: DistrictFolder, mode: Annotated[UUID, typer.Argument(help="As `list` prints it.")]) -> None:
    """Allow new bookings again."""
    with open_operation(district, read_settings()) as operation:
        operation.dispatch.switch_off(mode, actor=ACTOR)
        console.print("Switched off.")


def print_modes(district: DistrictFolder) -> None:
    """Print what is switched on."""
    with open_operation(district, read_settings()) as operation:
        zone = operation.district.zone
        for mode in operation.dispatch.degraded_modes():
            until = "switched off" if mode.to_at is None else f"{mode.to_at.astimezone(zone):%Y-%m-%d %H:%M}"
            since = f"{mode.from_at.astimezone(zone):%Y-%m-%d %H:%M}"
            console.print(f"{mode.id} {mode.kind} {mode.area_id or 'everywhere'} from {since} until {until}")


def _local(operation: Operation, text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as fault:
        msg = f"{text!r} is no time; write it like 2026-12-24T06:00."
        raise typer.BadParameter(msg) from fault
    return at if at.tzinfo is not None else at.replace(tzinfo=operation.district.zone)
