"""The addresses of gateways that the handbook gives are read by Apprise, with the number in them."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from booking.model import Contact
from booking.notice_errors import SendError
from booking.notice_gateway import Gateway, _apprise, short_text
from booking.notice_parcel import Parcel
from booking.notice_reach import is_mobile, phone_number
from booking.settings import Settings
from tests.booking.notice_cases import ERIKA
from tests.tiny_network import SECRET, local

HANDBOOK = (Path(__file__).parents[2] / "docs" / "notices.md").read_text(encoding="utf-8")
ADDRESSES = re.findall(r"`(?:RUFNETZ_VOICE_URL=)?(\w+://[^`]*\{to\}[^`]*)`", HANDBOOK)
REAL = {
    "ACCOUNT": "AC" + "0" * 32,
    "TOKEN": "a" * 32,
    "API-KEY": "b" * 32,
    "SERVICE-PLAN": "c" * 32,
    "SENDER": "+4915228817386",
    "USER": "user",
    "PASSWORD": "password",
    "HOST": "sms.example.org",
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_addresses_of_the_handbook_are_read_by_apprise(address: str) -> None:
    for word in sorted(REAL, key=len, reverse=True):
        address = re.sub(rf"(?<![a-z]){word}(?![a-z])", REAL[word], address)
    assert Settings(secret=SECRET, sms_url=address).sms_url is not None
    gateway = Gateway(address, short_text)
    apprise = _apprise()
    plugin = apprise.Apprise.instantiate(gateway._address("+4915228895456", "key.1", "de"))
    assert plugin is not None
    targets = [str(target) for target in getattr(plugin, "targets", [])]
    assert any("4915228895456" in target for target in targets) or "4915228895456" in plugin.url(privacy=False)
    if "method=call" in address:
        assert plugin.method == "call"


def test_the_handbook_names_some() -> None:
    assert len(ADDRESSES) >= 6


@pytest.mark.parametrize("wrong", ["seven://key", "not an address {to}"])
def test_an_address_without_a_place_for_the_number_is_told(wrong: str) -> None:
    with pytest.raises(ValidationError, match=r"\{to\}"):
        Settings(secret=SECRET, sms_url=wrong)


def test_a_call_by_twilio_speaks_the_language_of_the_rider(tiny: object) -> None:
    from booking.notice_rules import NoticeKind  # noqa: PLC0415
    from booking.notice_texts import render  # noqa: PLC0415
    from tests.booking.notice_cases import booked  # noqa: PLC0415

    to = Contact("Olena", "03871 123456", language="uk")
    text = render(NoticeKind.CONFIRMED, {}, booked(tiny, contact=to), to, tiny.district, "https://x.example.org")  # type: ignore[attr-defined,arg-type]
    said = Gateway("twilio://a:b@c/{to}?method=call", lambda parcel: parcel.text.spoken())._text(
        Parcel("key", to, text, local("06:00"))
    )
    assert said.startswith('<Response><Say language="uk-UA">')


def test_without_a_number_there_is_nothing_to_try_again() -> None:
    parcel = Parcel("key", Contact("A"), None, local("06:00"))  # type: ignore[arg-type]
    with pytest.raises(SendError) as caught:
        Gateway("json://127.0.0.1/{to}", short_text)(parcel)
    assert caught.value.is_permanent


@pytest.mark.parametrize(
    ("text", "number", "mobile"),
    [
        (ERIKA.phone, "+4915228817386", True),
        ("0049 (0)152 288-173 86", "+4915228817386", True),
        ("03871 123456", "+493871123456", False),
        ("+48 22 123 45 67", "+48221234567", False),
        ("+1 212 555 0123", "+12125550123", True),  # America does not tell them apart
        ("", None, False),
        ("12", None, False),
        ("keine", None, False),
    ],
)
def test_numbers_are_read_as_people_type_them(text: str, number: str | None, mobile: bool) -> None:  # noqa: FBT001
    assert (phone_number(text), is_mobile(text)) == (number, mobile)
