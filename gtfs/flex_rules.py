"""Booking rules, from booking_rules.txt and back."""

from collections.abc import Collection

import polars as pl

from gtfs.findings import Fault, Severity
from gtfs.flex_cells import Cells, RowFaults, rows_of, time_text
from gtfs.flex_model import BookingRule, BookingType

FILE = "booking_rules.txt"
_LEFT_OUT = "it was left out"

_NO_ID = Fault("missing_required_field", "the id is missing")
_TAKEN_ID = Fault("duplicate_key", "{} is there already")
_NO_TYPE = Fault("unexpected_enum_value", "{} is none of 0, 1, 2", "the rule was left out")
_NO_MIN = Fault(
    "missing_prior_notice_duration_min", "same-day booking needs a notice in minutes", "no notice was assumed"
)
_NO_LAST_DAY = Fault(
    "missing_prior_notice_last_day", "booking on days before needs the last day", "the day before was assumed"
)
_NO_LAST_TIME = Fault(
    "missing_prior_notice_last_time",
    "nothing says until when on the last day one may book",
    "the end of that day was assumed",
    Severity.WARNING,
)
_NO_START_TIME = Fault(
    "missing_prior_notice_start_time",
    "nothing says from when on the first day one may book",
    "the beginning of that day was assumed",
    Severity.WARNING,
)
_NOT_REAL_TIME = Fault("forbidden_real_time_booking_field_value", "{} is not for booking_type 0", _LEFT_OUT)
_NOT_SAME_DAY = Fault("forbidden_same_day_booking_field_value", "{} is not for booking_type 1", _LEFT_OUT)
_NOT_PRIOR_DAYS = Fault("forbidden_prior_day_booking_field_value", "{} is not for booking_type 2", _LEFT_OUT)
_MAX_BELOW_MIN = Fault("invalid_prior_notice_duration_min", "{} is less than prior_notice_duration_min", _LEFT_OUT)
_START_BESIDE_MAX = Fault("forbidden_prior_notice_start_day", "{} stands beside prior_notice_duration_max", _LEFT_OUT)
_START_AFTER_LAST = Fault("prior_notice_last_day_after_start_day", "{} is later than prior_notice_last_day", _LEFT_OUT)
_LONELY_TIME = Fault("forbidden_prior_notice_start_time", "{} has no day beside it", _LEFT_OUT)
_UNKNOWN_SERVICE = Fault("foreign_key_violation", "service {} is in no calendar of the feed", "all days are counted")

_FORBIDDEN = {
    BookingType.REAL_TIME: (
        _NOT_REAL_TIME,
        (
            "prior_notice_duration_min",
            "prior_notice_duration_max",
            "prior_notice_last_day",
            "prior_notice_last_time",
            "prior_notice_start_day",
            "prior_notice_start_time",
            "prior_notice_service_id",
        ),
    ),
    BookingType.SAME_DAY: (
        _NOT_SAME_DAY,
        ("prior_notice_last_day", "prior_notice_last_time", "prior_notice_service_id"),
    ),
    BookingType.PRIOR_DAYS: (_NOT_PRIOR_DAYS, ("prior_notice_duration_min", "prior_notice_duration_max")),
}
"""What must be blank with which type."""
_TEXTS = ("message", "pickup_message", "drop_off_message", "phone_number", "info_url", "booking_url")
_KNOWN = frozenset({"booking_rule_id", "booking_type", *_TEXTS, *_FORBIDDEN[BookingType.REAL_TIME][1]})


def read_rules(table: pl.DataFrame, service_ids: Collection[str], faults: RowFaults) -> tuple[BookingRule, ...]:
    """The booking rules of a feed, every field that contradicts another left out."""
    rules: dict[str, BookingRule] = {}
    for cells in rows_of(FILE, table, faults):
        rule_id, kind = cells.text("booking_rule_id"), cells.text("booking_type")
        if rule_id in {"", *rules}:
            cells.add_fault("booking_rule_id", _TAKEN_ID if rule_id else _NO_ID)
        elif kind not in {"0", "1", "2"}:
            cells.add_fault("booking_type", _NO_TYPE)
        else:
            rules[rule_id] = _read_rule(cells, rule_id, BookingType(int(kind)), service_ids)
    return tuple(rules.values())


def _read_rule(cells: Cells, rule_id: str, kind: BookingType, service_ids: Collection[str]) -> BookingRule:
    fault, forbidden = _FORBIDDEN[kind]
    for field in forbidden:
        if cells.text(field):
            cells.add_fault(field, fault)
    min_notice_s, max_notice_s = _read_notices(cells) if kind is BookingType.SAME_DAY else (None, None)
    last_days, last_time_s = _read_last(cells) if kind is BookingType.PRIOR_DAYS else (None, None)
    start_days, start_time_s = None, None
    if kind is not BookingType.REAL_TIME:
        start_days, start_time_s = _read_start(cells, last_days, has_max=max_notice_s is not None)
    service_id = cells.text("prior_notice_service_id") if kind is BookingType.PRIOR_DAYS else ""
    if service_id and service_id not in service_ids:
        cells.add_fault("prior_notice_service_id", _UNKNOWN_SERVICE)
        service_id = ""
    return BookingRule(
        rule_id,
        kind,
        min_notice_s=min_notice_s,
        max_notice_s=max_notice_s,
        last_days=last_days,
        last_time_s=last_time_s,
        start_days=start_days,
        start_time_s=start_time_s,
        service_id=service_id,
        message=cells.text("message"),
        pickup_message=cells.text("pickup_message"),
        drop_off_message=cells.text("drop_off_message"),
        phone_number=cells.text("phone_number"),
        info_url=cells.text("info_url"),
        booking_url=cells.text("booking_url"),
        other=cells.others(_KNOWN),
    )


def _read_notices(cells: Cells) -> tuple[int, int | None]:
    shortest = cells.whole("prior_notice_duration_min")
    longest = cells.whole("prior_notice_duration_max")
    if shortest is None:
        cells.add_fault("prior_notice_duration_min", _NO_MIN)
        shortest = 0
    if longest is not None and longest < shortest:
        cells.add_fault("prior_notice_duration_max", _MAX_BELOW_MIN)
        longest = None
    return shortest * 60, None if longest is None else longest * 60


def _read_last(cells: Cells) -> tuple[int, int | None]:
    days, time_s = cells.whole("prior_notice_last_day"), cells.time_s("prior_notice_last_time")
    if days is None:
        cells.add_fault("prior_notice_last_day", _NO_LAST_DAY)
    if time_s is None:
        cells.add_fault("prior_notice_last_time", _NO_LAST_TIME)
    return 1 if days is None else days, time_s


def _read_start(cells: Cells, last_days: int | None, *, has_max: bool) -> tuple[int | None, int | None]:
    days, time_s = cells.whole("prior_notice_start_day"), cells.time_s("prior_notice_start_time")
    if days is not None and has_max:
        cells.add_fault("prior_notice_start_day", _START_BESIDE_MAX)
        return None, None
    if days is not None and days < (last_days or 0):
        cells.add_fault("prior_notice_start_day", _START_AFTER_LAST)
        return None, None
    if days is None and time_s is not None:
        cells.add_fault("prior_notice_start_time", _LONELY_TIME)
        return None, None
    if days is not None and time_s is None:
        cells.add_fault("prior_notice_start_time", _NO_START_TIME)
    return days, time_s


def rule_row(rule: BookingRule) -> dict[str, str]:
    """A rule as a row of booking_rules.txt; "" is blank."""

    def minutes(seconds: int | None) -> str:
        return "" if seconds is None else str(seconds // 60)

    def days(count: int | None) -> str:
        return "" if count is None else str(count)

    return {
        "booking_rule_id": rule.id,
        "booking_type": str(int(rule.booking_type)),
        "prior_notice_duration_min": minutes(rule.min_notice_s),
        "prior_notice_duration_max": minutes(rule.max_notice_s),
        "prior_notice_last_day": days(rule.last_days),
        "prior_notice_last_time": time_text(rule.last_time_s),
        "prior_notice_start_day": days(rule.start_days),
        "prior_notice_start_time": time_text(rule.start_time_s),
        "prior_notice_service_id": rule.service_id,
        **{name: getattr(rule, name) for name in _TEXTS},
        **rule.other,
    }
