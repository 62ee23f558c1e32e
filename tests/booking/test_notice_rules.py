"""What ``[notices]`` of ``district.toml`` says, and what is told of its mistakes."""

from pathlib import Path

import pytest

from booking.district_files import read_district
from booking.district_problems import DistrictError
from booking.notice_rules import DEFAULT_NOTICE_RULES, NoticeChannel, NoticeKind
from tests.tiny_district import write_tiny_district

EVERYTHING = """
[notices]
reminder_evening = "17:30"
reminder_before_min = 90
near_min = 15
attempts = 5
first_pause_s = 30
longest_pause_min = 60
quiet_from = "20:00"
quiet_to = "07:00"
letter_before_h = 96

[notices.channels]
near = ["voice"]
"""


def write(folder: Path, text: str) -> Path:
    write_tiny_district(folder)
    path = folder / "district.toml"
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")
    return folder


def test_a_district_that_says_nothing_has_the_defaults(tmp_path: Path) -> None:
    assert read_district(write(tmp_path, "")).notices == DEFAULT_NOTICE_RULES


def test_everything_can_be_said(tmp_path: Path) -> None:
    rules = read_district(write(tmp_path, EVERYTHING)).notices
    assert rules.channels[NoticeKind.NEAR] == (NoticeChannel.VOICE,)
    assert rules.channels[NoticeKind.CONFIRMED] == DEFAULT_NOTICE_RULES.channels[NoticeKind.CONFIRMED]
    assert (rules.reminder_evening_s, rules.reminder_before_s, rules.near_s) == (63_000, 5400, 900)
    assert (rules.attempts, rules.first_pause_s, rules.longest_pause_s) == (5, 30, 3600)
    assert (rules.quiet_from_s, rules.quiet_to_s, rules.letter_before_s) == (72_000, 25_200, 345_600)
    assert [int(rules.pause(n).total_seconds()) for n in (1, 2, 7, 8, 50)] == [30, 60, 1920, 3600, 3600]


def test_the_evening_reminder_can_be_left_out(tmp_path: Path) -> None:
    folder = write(tmp_path, '\n[notices]\nreminder_evening = "never"\n')
    assert read_district(folder).notices.reminder_evening_s is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[notices]\nreminder_evening = "late"', "which is no time of day"),
        ("[notices]\nnear_minutes = 5", "near_minutes"),
        ("[notices]\nattempts = 0", "must be between 1 and 50"),
        ('[notices.channels]\nnear = ["pigeon"]', '"pigeon" is no channel'),
        ('[notices.channels]\nnews = ["sms"]', '"news" is not a setting here'),
    ],
)
def test_mistakes_are_told(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(DistrictError) as caught:
        read_district(write(tmp_path, f"\n{text}\n"))
    assert problem in str(caught.value)
