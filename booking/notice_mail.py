"""Messages as e-mail, and sending them by SMTP."""

import contextlib
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from html import escape
from urllib.parse import unquote, urlsplit

from booking.district import District
from booking.languages import LANGUAGES
from booking.notice_errors import Failure, SendError
from booking.notice_parcel import Parcel
from booking.notice_reach import is_address

TIMEOUT_S = 20.0
"""For each answer of the server."""
PERMANENT = 500
"""Replies of SMTP from here on mean: never."""


def write_mail(parcel: Parcel, district: District) -> EmailMessage:
    """The mail of a message, with the ride as calendar entry where there is one.

    Its ``Message-ID`` is the same each time it is sent: most servers and programs show it once.
    """
    language = LANGUAGES[parcel.text.language.code]
    message = EmailMessage()
    message["Subject"] = parcel.text.subject
    message["From"] = formataddr((district.name, district.contact.email))
    message["To"] = parcel.to.email.strip()
    message["Date"] = format_datetime(parcel.at)
    message["Message-ID"] = f"<{parcel.key}@{district.contact.email.rpartition('@')[2] or 'localhost'}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(parcel.text.long + "\n")
    if language.direction == "rtl":  # without HTML most programs show Arabic from the left
        message.add_alternative(_html(parcel), subtype="html")
    if parcel.calendar:
        message.add_attachment(parcel.calendar.encode(), maintype="text", subtype="calendar", filename="rufbus.ics")
    # whoever sets the content anew takes headers about the content away
    message["Content-Language"] = "de" if language.code == "de-simple" else language.html_lang
    return message


def _html(parcel: Parcel) -> str:
    said = "".join("<p>" + "<br>".join(escape(line) for line in lines) + "</p>" for lines in parcel.text.paragraphs)
    code = parcel.text.language.html_lang
    return f'<!doctype html><html lang="{code}" dir="rtl"><meta charset="utf-8"><body>{said}</body></html>'


class MailSender:
    """Sends by SMTP: ``smtp://[user:password@]host[:port]``, or ``smtps://`` for TLS from the first byte."""

    def __init__(self, url: str, district: District, timeout_s: float = TIMEOUT_S) -> None:
        self._parts = urlsplit(url)
        self._district = district
        self._timeout_s = timeout_s
        # Reading the system's certificates takes as long as all the rest of a mail: once is enough.
        self._tls = ssl.create_default_context()

    def __call__(self, parcel: Parcel) -> None:
        """Hand a message over to the server.

        Raises
        ------
        SendError
            It did not take it.
        """
        if not is_address(parcel.to.email):
            raise SendError(Failure.UNWRITABLE, is_permanent=True)
        try:
            message = write_mail(parcel, self._district)
            self._send(message)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise SendError(Failure.SMTP_RECIPIENT, codes[0], is_permanent=min(codes) >= PERMANENT) from None
        except smtplib.SMTPNotSupportedError:
            raise SendError(Failure.SMTP_NOT_SUPPORTED, is_permanent=True) from None
        except smtplib.SMTPDataError as error:
            raise SendError(Failure.SMTP_DATA, error.smtp_code) from None
        except smtplib.SMTPResponseException as error:
            raise SendError(Failure.SMTP_REFUSED, error.smtp_code, is_down=True) from None
        except TimeoutError:
            raise SendError(Failure.SMTP_TIMEOUT, is_down=True) from None
        except (OSError, smtplib.SMTPException):
            raise SendError(Failure.SMTP_UNREACHABLE, is_down=True) from None
        except ValueError:  # an address or a header that no mail can carry
            raise SendError(Failure.UNWRITABLE, is_permanent=True) from None

    def _send(self, message: EmailMessage) -> None:
        parts, is_tls = self._parts, self._parts.scheme == "smtps"
        host = parts.hostname or "localhost"
        if is_tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=self._timeout_s, context=self._tls)
        else:
            server = smtplib.SMTP(host, parts.port or 25, timeout=self._timeout_s)
        try:
            if parts.username:
                if not is_tls:
                    server.starttls(context=self._tls)
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)
            with contextlib.suppress(OSError):  # the server has the mail: how it says goodbye is no matter
                server.quit()
        finally:
            server.close()
