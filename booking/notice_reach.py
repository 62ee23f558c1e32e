"""By what a person can be reached, and which of it is taken for a message. Pure."""

import re
from collections.abc import Sequence

import phonenumbers
from phonenumbers import PhoneNumberType

from booking.contact_keys import SHORTEST_NUMBER
from booking.model import Contact
from booking.notice_rules import COURTESIES, NoticeChannel, NoticeKind, NoticeRules

COUNTRY = "DE"
"""Where a number without a country code belongs."""


def phone_number(text: str) -> str | None:
    """A phone number as networks write it (``+4915228817386``), or None if nobody can be reached by it."""
    parsed = _parsed(text)
    return None if parsed is None else phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def is_mobile(text: str) -> bool:
    """Whether a number receives SMS: a mobile one, or one of a country that does not tell them apart."""
    parsed = _parsed(text)
    kinds = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
    return parsed is not None and phonenumbers.number_type(parsed) in kinds


def _parsed(text: str) -> phonenumbers.PhoneNumber | None:
    try:
        parsed = phonenumbers.parse(text, COUNTRY)
    except phonenumbers.NumberParseException:
        return None
    is_long_enough = len(phonenumbers.national_significant_number(parsed)) >= SHORTEST_NUMBER
    return parsed if is_long_enough and phonenumbers.is_possible_number(parsed) else None


def is_address(text: str) -> bool:
    """Whether a text is one e-mail address, and not several."""
    return re.fullmatch(r"[^@\s,;<>()]+@[^@\s,;<>()]+", text.strip()) is not None


def channels_of(contact: Contact) -> frozenset[NoticeChannel]:
    """By what a person can be reached, going by what they left with us."""
    found = set()
    if is_address(contact.email):
        found.add(NoticeChannel.EMAIL)
    if phone_number(contact.phone) is not None:
        found.add(NoticeChannel.VOICE)  # whoever has a mobile can be called as well
        if is_mobile(contact.phone):
            found.add(NoticeChannel.SMS)
    if contact.address.strip() and contact.name.strip():
        found.add(NoticeChannel.LETTER)
    return frozenset(found)


def choose_channel(
    kind: NoticeKind,
    contact: Contact,
    rules: NoticeRules,
    usable: frozenset[NoticeChannel],
    tried: Sequence[NoticeChannel] = (),
) -> NoticeChannel | None:
    """The best channel that reaches a person; the desk where there is none, None where nobody need call.

    Parameters
    ----------
    usable
        What works now: is set up, and fast enough.
    tried
        Channels that have failed for this message.
    """
    reach = channels_of(contact) & usable
    found = next((c for c in rules.channels[kind] if c in reach and c not in tried), None)
    if found is not None:
        return found
    return None if kind in COURTESIES else NoticeChannel.DESK
