"""What a district decides about telling people: by which channels, when, how often it is tried. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class NoticeKind(StrEnum):
    """What riders are told. A closed list; each has its texts in every language (:mod:`booking.notice_texts`)."""

    CONFIRMED = "confirmed"
    CHANGED = "changed"
    CANCELLED = "cancelled"
    REMINDER = "reminder"
    NEAR = "near"
    DELAYED = "delayed"
    AT_RISK = "at_risk"
    WAITING_LIST = "waiting_list"
    NO_SHOW = "no_show"
    DEGRADED = "degraded"


class NoticeChannel(StrEnum):
    """By what somebody is told."""

    EMAIL = "email"
    SMS = "sms"
    VOICE = "voice"
    LETTER = "letter"
    DESK = "desk"
    """Nothing else reaches them: a person has to."""


E, S, V, L = NoticeChannel.EMAIL, NoticeChannel.SMS, NoticeChannel.VOICE, NoticeChannel.LETTER
URGENT = (NoticeKind.NEAR, NoticeKind.DELAYED, NoticeKind.AT_RISK, NoticeKind.DEGRADED)
"""Told at once, at night too, before anything else that waits, and first by what people look at on the way."""
AWAKE = timedelta(hours=1)
"""So long before the ride at least, what can wait until morning is told."""
COURTESIES = (NoticeKind.REMINDER, NoticeKind.NEAR)
"""Nobody at the desk has to call because of these."""


@dataclass(frozen=True, slots=True)
class NoticeRules:
    """How a district tells its riders.

    Parameters
    ----------
    channels
        Of each kind, the channels from the best to the last; the first that reaches the person is taken.
    reminder_evening_s
        When, on the evening before, riders are reminded: seconds of the local day; None for not at all.
    reminder_before_s
        How long before the promised pickup they are reminded; 0 for not at all.
    near_s
        "Your vehicle is near" goes out so long before it is expected; 0 for never.
    attempts
        After so many failures the delivery is dead and lies before the dispatcher.
    first_pause_s, longest_pause_s
        The pause after the first failure; it doubles with each, up to the longest.
    quiet_from_s, quiet_to_s
        Between these times of the local day nobody is called or written to by SMS, unless it is urgent.
    letter_before_s
        A letter takes so long: whoever rides earlier is told by the desk.
    """

    channels: Mapping[NoticeKind, tuple[NoticeChannel, ...]] = field(default_factory=lambda: DEFAULT_CHANNELS)
    reminder_evening_s: int | None = 18 * 3600
    reminder_before_s: int = 60 * 60
    near_s: int = 10 * 60
    attempts: int = 10
    first_pause_s: int = 60
    longest_pause_s: int = 4 * 3600
    quiet_from_s: int = 21 * 3600
    quiet_to_s: int = 8 * 3600
    letter_before_s: int = 3 * 24 * 3600

    def pause(self, attempts: int) -> timedelta:
        """How long to wait after so many failures (1 is the first)."""
        return timedelta(seconds=min(self.first_pause_s * 2 ** (attempts - 1), self.longest_pause_s))

    def may_disturb_at(
        self, channel: NoticeChannel, kind: NoticeKind, at: datetime, zone: ZoneInfo, pickup_at: datetime
    ) -> datetime:
        """The earliest time, ``at`` or later, at which a channel may be used: nobody is rung up at night.

        Parameters
        ----------
        pickup_at
            When the ride begins: whoever rides before morning comes, or soon after it, is told at once.
        """
        if channel not in (S, V) or kind in URGENT or not self._is_quiet(at, zone):
            return at
        local = at.astimezone(zone)
        hours, rest = divmod(self.quiet_to_s, 3600)
        ends = datetime.combine(local.date(), time(hours % 24, rest // 60), zone)
        if ends <= local:
            ends = datetime.combine(local.date() + timedelta(days=1), ends.timetz())
        is_too_late = at < pickup_at < ends + AWAKE
        return at if is_too_late else ends

    def _is_quiet(self, at: datetime, zone: ZoneInfo) -> bool:
        local = at.astimezone(zone)
        now_s = local.hour * 3600 + local.minute * 60 + local.second
        if self.quiet_from_s <= self.quiet_to_s:
            return self.quiet_from_s <= now_s < self.quiet_to_s
        return now_s >= self.quiet_from_s or now_s < self.quiet_to_s


DEFAULT_CHANNELS: Mapping[NoticeKind, tuple[NoticeChannel, ...]] = {
    kind: (S, V, E) if kind in URGENT else (E, S, V) if kind is NoticeKind.REMINDER else (E, S, V, L)
    for kind in NoticeKind
}
DEFAULT_NOTICE_RULES = NoticeRules()
