"""The part of ``rules.toml`` about ordering: lead times, early trips, the telephone, what is kept, late orders."""

import re

from booking.district_rules_words import (
    optional_table,
    optional_tables,
    read_channels,
    read_clock,
    read_days,
    read_span,
    read_whole,
    read_words,
)
from booking.district_toml import TomlTable
from booking.district_units import NotationError
from booking.life_rules import DuplicateRules, LifeRules, WaitingRules
from booking.rider_classes import RiderClass
from booking.rulebook_ordering import (
    LateQuota,
    LatestOrder,
    LeadTime,
    NoShowPolicy,
    OrderRules,
    PhoneRules,
    SoftDeadline,
)
from routing.model import DAY_END_S

_DAY_MIN = 24 * 60
_WEEK_MIN = 7 * _DAY_MIN
_DAYS_OF_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def read_orders(table: TomlTable) -> OrderRules:
    """The rules about ordering of a version; what is missing does not hold."""
    return OrderRules(
        lead_exceptions=tuple(_read_lead(part) for part in optional_tables(table, "lead_exception")),
        latest=tuple(_read_latest(part) for part in optional_tables(table, "latest_order")),
        phone=_read_phone(optional_table(table, "phone")),
        late_quota=_read_quota(optional_table(table, "late_quota")),
        no_show=_read_no_show(optional_table(table, "no_show")),
        soft_deadline=_read_soft_deadline(optional_table(table, "soft_deadline")),
        life=_read_life(optional_table(table, "bookings")),
    )


def _read_lead(table: TomlTable) -> LeadTime:
    from_s, to_s = read_span(table, "pickup") or (0, DAY_END_S + 1)
    lead = LeadTime(
        lead_s=table.whole("minutes", 0, _WEEK_MIN) * 60,
        channels=read_channels(table),
        days=read_days(table),
        from_s=from_s,
        to_s=to_s,
        min_persons=read_whole(table, "min_persons", (1, 100), 1),
    )
    table.finish()
    return lead


def _read_latest(table: TomlTable) -> LatestOrder:
    latest = LatestOrder(
        before_s=read_clock(table, "pickup_before", DAY_END_S + 1),
        order_by_s=read_clock(table, "order_by"),
        days_before=read_whole(table, "days_before", (0, 28), 1),
        counts_workdays=table.yes_no("counts_workdays", default=False),
        channels=read_channels(table),
        days=read_days(table),
        min_persons=read_whole(table, "min_persons", (1, 100), 1),
    )
    table.finish()
    return latest


def _read_phone(table: TomlTable | None) -> PhoneRules:
    if table is None:
        return PhoneRules()
    phone = PhoneRules(
        needs_desk=table.yes_no("needs_desk", default=False),
        closed_on=(table.parsed("closed_on", _parse_days_of_year) or frozenset())
        if table.has("closed_on")
        else frozenset(),
        only=frozenset(read_words(table, "only", RiderClass, "no class of riders")),
    )
    table.finish()
    return phone


def _parse_days_of_year(texts: tuple[str, ...]) -> frozenset[tuple[int, int]]:
    days = set()
    for text in texts:
        match = re.fullmatch(r"(\d{2})-(\d{2})", text)
        month, day = (int(match[1]), int(match[2])) if match else (0, 0)
        if not 1 <= month <= 12 or not 1 <= day <= _DAYS_OF_MONTHS[month - 1]:
            message = f'"{text}" is no day of the year'
            raise NotationError(message, "write month and day, as 12-24")
        days.add((month, day))
    return frozenset(days)


def _read_quota(table: TomlTable | None) -> LateQuota:
    if table is None:
        return LateQuota()
    quota = LateQuota(
        early_percent=table.whole("early_percent", 0, 100),
        early_s=table.whole("early_min", 0, _WEEK_MIN) * 60,
        rides_per_shift_hour=read_whole(table, "rides_per_shift_hour", (1, 20), 2),
    )
    table.finish()
    return quota


def _read_no_show(table: TomlTable | None) -> NoShowPolicy:
    if table is None:
        return NoShowPolicy()
    policy = NoShowPolicy(
        max_no_shows=table.whole("max_no_shows", 0, 100),
        within_days=table.whole("within_days", 1, 366),
    )
    table.finish()
    return policy


def _read_life(table: TomlTable | None) -> LifeRules:
    if table is None:
        return LifeRules()
    usual = LifeRules()
    rules = LifeRules(
        free_cancel_s=read_whole(table, "free_cancel_min", (0, _WEEK_MIN), usual.free_cancel_s // 60) * 60,
        change_s=read_whole(table, "change_min", (0, _WEEK_MIN), usual.change_s // 60) * 60,
        duplicates=DuplicateRules(
            same_wish_s=read_whole(table, "same_wish_min", (0, _DAY_MIN), usual.duplicates.same_wish_s // 60) * 60
        ),
        waiting=WaitingRules(
            hold_s=read_whole(table, "hold_min", (10, _DAY_MIN), usual.waiting.hold_s // 60) * 60,
            answer_before_s=read_whole(table, "answer_min", (0, _DAY_MIN), usual.waiting.answer_before_s // 60) * 60,
            most_offers=read_whole(table, "most_offers", (1, 100), usual.waiting.most_offers),
        ),
    )
    table.finish()
    return rules


def _read_soft_deadline(table: TomlTable | None) -> SoftDeadline:
    if table is None:
        return SoftDeadline()
    rule = SoftDeadline(
        max_extra_s=table.whole("max_extra_min", 0, 120) * 60,
        within_s=table.whole("within_min", 0, _DAY_MIN) * 60,
    )
    table.finish()
    return rule
