"""Calls of on-demand trips: rows of stop_times.txt as values and back."""

from collections.abc import Collection
from dataclasses import dataclass

from gtfs.feed_flex import WINDOW_STARTS
from gtfs.findings import Fault, Severity
from gtfs.flex_cells import Cells, time_text
from gtfs.flex_model import Boarding, FlexCall, Place, PlaceKind, Window

FILE = "stop_times.txt"
_WINDOW_ENDS = tuple(name.replace("start", "end") for name in WINDOW_STARTS)
_PLACES = {PlaceKind.GROUP: "location_group_id", PlaceKind.ZONE: "location_id", PlaceKind.STOP: "stop_id"}
_KNOWN = frozenset({
    "trip_id", "stop_sequence", *_PLACES.values(), "arrival_time", "departure_time", *WINDOW_STARTS, *_WINDOW_ENDS,
    "pickup_type", "drop_off_type", "pickup_booking_rule_id", "drop_off_booking_rule_id", "stop_headsign",
    "mean_duration_factor", "mean_duration_offset", "safe_duration_factor", "safe_duration_offset",
})  # fmt: skip
_BOARDINGS = {int(boarding): int(boarding) for boarding in Boarding}

_TWO_PLACES = Fault("forbidden_geography_id", "{} stands beside another place")
_NO_PLACE = Fault("missing_required_field", "the row names no place")
_UNKNOWN_PLACE = Fault("foreign_key_violation", "{} is no usable stop, group or zone of the feed")
_HALF_WINDOW = Fault("missing_pickup_or_drop_off_window", "a group or zone needs a window with a start and an end")
_ODD_WINDOW = Fault("invalid_pickup_drop_off_window", "a window that starts at {} does not end later")
_TIME_IN_WINDOW = Fault("forbidden_arrival_or_departure_time", "{} stands beside a window", "it was left out")
_REGULAR_IN_WINDOW = {
    field: Fault(
        f"forbidden_{field}",
        "nobody boards or alights unbooked within a window",
        "2 (to be booked) was assumed",
        Severity.WARNING,
    )
    for field in ("pickup_type", "drop_off_type")
}
_UNKNOWN_RULE = Fault("foreign_key_violation", "{} is not in booking_rules.txt", "the call was kept without the rule")
_NO_SEQUENCE = Fault("missing_required_field", "the place in the order is missing")


@dataclass(frozen=True, slots=True)
class Known:
    """Ids that a row may name."""

    stop_ids: Collection[str]
    zone_ids: Collection[str]
    group_ids: Collection[str]
    rule_ids: Collection[str]

    def list_kinds(self, place_id: str) -> list[PlaceKind]:
        """What places have this id."""
        ids = {PlaceKind.STOP: self.stop_ids, PlaceKind.GROUP: self.group_ids, PlaceKind.ZONE: self.zone_ids}
        return [kind for kind in ids if place_id in ids[kind]]


def read_call(cells: Cells, known: Known) -> FlexCall | None:
    """One row; ``None`` (and a fault) when it cannot be used."""
    sequence = cells.whole("stop_sequence")
    if sequence is None:
        cells.add_fault("stop_sequence", _NO_SEQUENCE)
        return None
    place = _read_place(cells, known)
    window, is_usable = _read_window(cells)
    if place is None or not is_usable:
        return None
    if window is None and place.kind is not PlaceKind.STOP:
        cells.add_fault(WINDOW_STARTS[0], _HALF_WINDOW)
        return None
    return FlexCall(
        sequence,
        place,
        window,
        arrival_s=_read_time_s(cells, "arrival_time", window),
        departure_s=_read_time_s(cells, "departure_time", window),
        pickup=_read_boarding(cells, "pickup_type", window),
        drop_off=_read_boarding(cells, "drop_off_type", window),
        pickup_rule_id=_read_rule_id(cells, "pickup_booking_rule_id", known),
        drop_off_rule_id=_read_rule_id(cells, "drop_off_booking_rule_id", known),
        headsign=cells.text("stop_headsign"),
        other=cells.others(_KNOWN),
    )


def _read_place(cells: Cells, known: Known) -> Place | None:
    named = [(kind, field) for kind, field in _PLACES.items() if cells.text(field)]
    if len(named) != 1:
        field = named[1][1] if named else "stop_id"
        cells.add_fault(field, _TWO_PLACES if named else _NO_PLACE)
        return None
    kind, field = named[0]
    kinds = known.list_kinds(cells.text(field))
    # The draft has zones and groups in stop_id, too.
    fitting = kinds if kind is PlaceKind.STOP else [kind] if kind in kinds else []
    if not fitting:
        cells.add_fault(field, _UNKNOWN_PLACE)
        return None
    return Place(fitting[0], cells.text(field))


def _read_window(cells: Cells) -> tuple[Window | None, bool]:
    """The window, if there is one, and whether the row is usable."""
    is_given = any(cells.text(name) for name in (*WINDOW_STARTS, *_WINDOW_ENDS))
    if not is_given:
        return None, True
    from_s, to_s = cells.time_s(*WINDOW_STARTS), cells.time_s(*_WINDOW_ENDS)
    if from_s is None or to_s is None:
        cells.add_fault(WINDOW_STARTS[0], _HALF_WINDOW)
        return None, False
    if from_s >= to_s:
        cells.add_fault(WINDOW_STARTS[0], _ODD_WINDOW)
        return None, False
    return Window(from_s, to_s), True


def _read_time_s(cells: Cells, field: str, window: Window | None) -> int | None:
    if window is not None and cells.text(field):
        cells.add_fault(field, _TIME_IN_WINDOW)
        return None
    return cells.time_s(field)


def _read_boarding(cells: Cells, field: str, window: Window | None) -> Boarding:
    boarding = Boarding(cells.choice(field, _BOARDINGS, int(Boarding.REGULAR)))
    if window is not None and boarding is Boarding.REGULAR:
        cells.add_fault(field, _REGULAR_IN_WINDOW[field])
        return Boarding.BOOKED
    return boarding


def _read_rule_id(cells: Cells, field: str, known: Known) -> str:
    rule_id = cells.text(field)
    if rule_id and rule_id not in known.rule_ids:
        cells.add_fault(field, _UNKNOWN_RULE)
        return ""
    return rule_id


def call_row(trip_id: str, call: FlexCall) -> dict[str, str]:
    """A call as a row of stop_times.txt; "" is blank."""
    window = call.window
    return {
        "trip_id": trip_id,
        "stop_sequence": str(call.sequence),
        "stop_id": "",
        "location_group_id": "",
        "location_id": "",
        _PLACES[call.place.kind]: call.place.id,
        "arrival_time": time_text(call.arrival_s),
        "departure_time": time_text(call.departure_s),
        WINDOW_STARTS[0]: time_text(None if window is None else window.from_s),
        _WINDOW_ENDS[0]: time_text(None if window is None else window.to_s),
        "pickup_type": str(int(call.pickup)),
        "drop_off_type": str(int(call.drop_off)),
        "pickup_booking_rule_id": call.pickup_rule_id,
        "drop_off_booking_rule_id": call.drop_off_rule_id,
        "stop_headsign": call.headsign,
        **call.other,
    }
