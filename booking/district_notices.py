"""Reading ``[notices]`` of ``district.toml``: how riders are told. Everything in it has a default."""

import re
from collections.abc import Callable

from booking.district_problems import meant
from booking.district_toml import TomlTable
from booking.notice_rules import DEFAULT_CHANNELS, DEFAULT_NOTICE_RULES, NoticeChannel, NoticeKind, NoticeRules

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_CHANNELS = tuple(channel.value for channel in NoticeChannel if channel is not NoticeChannel.DESK)


def read_notices(main: TomlTable) -> NoticeRules:
    """The rules of telling people; the defaults where nothing is said."""
    if not main.has("notices"):
        return DEFAULT_NOTICE_RULES
    table, default = main.table("notices"), DEFAULT_NOTICE_RULES
    evening = _optional(table, "reminder_evening", table.text, "18:00")
    rules = NoticeRules(
        channels=_read_channels(table),
        reminder_evening_s=None if evening == "never" else _clock_s(table, "reminder_evening", evening),
        reminder_before_s=_whole(table, "reminder_before_min", default.reminder_before_s, 60, 24 * 60),
        near_s=_whole(table, "near_min", default.near_s, 60, 60),
        attempts=_whole(table, "attempts", default.attempts, 1, 50),
        first_pause_s=_whole(table, "first_pause_s", default.first_pause_s, 1, 3600),
        longest_pause_s=_whole(table, "longest_pause_min", default.longest_pause_s, 60, 24 * 60),
        quiet_from_s=_clock_s(table, "quiet_from", _optional(table, "quiet_from", table.text, "21:00")),
        quiet_to_s=_clock_s(table, "quiet_to", _optional(table, "quiet_to", table.text, "08:00")),
        letter_before_s=_whole(table, "letter_before_h", default.letter_before_s, 3600, 30 * 24),
    )
    table.finish()
    return rules


def _optional(table: TomlTable, key: str, read: Callable[[str], str], default: str) -> str:
    return read(key) if table.has(key) else default


def _whole(table: TomlTable, key: str, default: int, unit: int, most: int) -> int:
    """A whole number in units of so many; the default is in ones."""
    least = 1 if key in {"attempts", "first_pause_s"} else 0
    return table.whole(key, least, most) * unit if table.has(key) else default


def _clock_s(table: TomlTable, key: str, text: str) -> int:
    found = _CLOCK.fullmatch(text)
    if found is None:
        if text:
            remedy = 'write it as "18:00"' + (', or "never"' if key == "reminder_evening" else "")
            table.add_problem(key, f'"{key}" is "{text}", which is no time of day', remedy)
        return 0
    return int(found[1]) * 3600 + int(found[2]) * 60


def _read_channels(main: TomlTable) -> dict[NoticeKind, tuple[NoticeChannel, ...]]:
    channels = dict(DEFAULT_CHANNELS)
    if not main.has("channels"):
        return channels
    table = main.table("channels")
    for kind in NoticeKind:
        if not table.has(kind.value):
            continue
        names = table.texts(kind.value)
        for name in names:
            if name not in _CHANNELS:
                table.add_problem(kind.value, f'"{name}" is no channel', meant(name, _CHANNELS))
        channels[kind] = tuple(NoticeChannel(name) for name in names if name in _CHANNELS)
    table.finish()
    return channels
