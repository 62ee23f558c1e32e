"""A message ready to be handed over."""

from dataclasses import dataclass
from datetime import datetime

from booking.model import Contact
from booking.notice_texts import NoticeText


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message to one person. Personal data: it lives only as long as it is sent.

    Parameters
    ----------
    key
        The same each time this delivery is tried: by it others know a message that they have already.
    calendar
        The ride as a calendar file; empty where there is none.
    """

    key: str
    to: Contact
    text: NoticeText
    at: datetime
    calendar: str = ""
