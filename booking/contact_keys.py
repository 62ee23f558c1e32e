"""By what two orders are known to come from the same person: phone number and e-mail address, normalised.

Pure. A key is personal data as much as what it was made from, and stands beside it in the same table.
"""

import hashlib
import hmac
import re

from booking.model import Contact

COUNTRY = "+49"
SHORTEST_NUMBER = 6
"""Fewer digits are no number that a person could be called at."""


def phone_key(text: str, country: str = COUNTRY) -> str:
    """A phone number as ``+`` and digits, however it was typed; empty if it is none.

    ``0152 288-173 86``, ``+49 (0)152 28817386`` and ``0049152 28817386`` are the same number.
    """
    typed = re.sub(r"\(0\)", "", text)
    digits = "".join(c for c in typed if c.isascii() and c.isdigit())
    if typed.strip().startswith("+"):
        number = digits
    elif digits.startswith("00"):
        number = digits[2:]
    elif digits.startswith("0"):
        number = country[1:] + digits[1:]
    else:
        number = digits
    return f"+{number}" if len(number) >= SHORTEST_NUMBER else ""


def email_key(text: str) -> str:
    """An e-mail address without regard to capitals and blanks around it; empty if it is none."""
    address = text.strip().lower()
    return address if "@" in address else ""


def contact_hash(contact: Contact, secret: str) -> str | None:
    """What stands for a person in counts that outlive the contact: by the phone number, else by the e-mail address.

    Keyed with the secret of the installation, so that nobody without it can try out numbers. None for somebody who
    left neither.
    """
    key = phone_key(contact.phone) or email_key(contact.email)
    return hmac.new(secret.encode(), key.encode(), hashlib.sha256).hexdigest() if key else None
