"""What may go wrong when a message is handed over."""

from enum import StrEnum


class Failure(StrEnum):
    """Why a message was not taken. A closed list, without a word of what a server answered."""

    NO_RECIPIENT = "no_recipient"
    """The contact was deleted meanwhile."""
    NO_NUMBER = "no_number"
    UNWRITABLE = "mail_unwritable"
    """An address, or a header, that no mail can carry."""
    SMTP_RECIPIENT = "smtp_recipient"
    SMTP_NOT_SUPPORTED = "smtp_not_supported"
    SMTP_DATA = "smtp_data"
    SMTP_REFUSED = "smtp_refused"
    SMTP_TIMEOUT = "smtp_timeout"
    SMTP_UNREACHABLE = "smtp_unreachable"
    GATEWAY_ADDRESS = "gateway_address"
    """The address in the settings is none of Apprise."""
    GATEWAY_REFUSED = "gateway_refused"
    GATEWAY_UNREACHABLE = "gateway_unreachable"
    FAULT = "fault"
    """A fault of this program."""
    WORKER_ENDED = "worker_ended"
    """Workers ended each time they were at it."""


class SendError(Exception):
    """A message was not taken.

    Parameters
    ----------
    code
        The number of the answer, if there was one.
    is_permanent
        Trying again would not help.
    is_down
        The channel as a whole does not work now: the messages behind this one can wait.
    """

    def __init__(
        self, failure: Failure, code: int | None = None, *, is_permanent: bool = False, is_down: bool = False
    ) -> None:
        self.reason = failure.value if code is None else f"{failure.value} {code}"
        self.is_permanent = is_permanent
        self.is_down = is_down
        super().__init__(self.reason)
