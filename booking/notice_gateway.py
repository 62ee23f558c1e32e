"""SMS and calls through Apprise: whichever provider an address in the settings names.

``{to}`` in the address is replaced by the number. Apprise writes numbers and answers of providers into its log, so its
log is cut off here; what went wrong is told by the number of the answer alone.
"""

import logging
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

from booking.notice_errors import Failure, SendError
from booking.notice_parcel import Parcel
from booking.notice_reach import phone_number

CONNECT_S, READ_S = 5, 15
LONGEST_SMS = 670
"""Ten parts of an SMS in Unicode; nothing we say is longer."""
_STATUS = re.compile(r"error=(\d{3})")
_TAKES_HEADERS = ("json", "jsons", "xml", "xmls", "form", "forms")
SPEECH = {"de": "de-DE", "de-simple": "de-DE", "en": "en-GB", "uk": "uk-UA", "ru": "ru-RU", "ar": "ar-AE"}
SPEECH |= {"pl": "pl-PL", "tr": "tr-TR", "fa": "fa-IR"}
"""Languages as providers of speech call them."""


class Gateway:
    """Sends the text of a message to the number of a person.

    Parameters
    ----------
    url
        An address of Apprise with ``{to}`` in it.
    text_of
        Which text of a message is sent.
    """

    def __init__(self, url: str, text_of: Callable[[Parcel], str]) -> None:
        self._url = url
        self._text_of = text_of
        self._scheme = urlsplit(url.replace("{to}", "0")).scheme

    def __call__(self, parcel: Parcel) -> None:
        """Hand a message over to the provider.

        Raises
        ------
        SendError
            There is no number, or the provider did not take it.
        """
        number = phone_number(parcel.to.phone)
        if number is None:
            raise SendError(Failure.NO_NUMBER, is_permanent=True)
        apprise = _apprise()
        sender = apprise.Apprise(asset=apprise.AppriseAsset(app_id="Rufnetz", secure_logging=True))
        if not sender.add(self._address(number, parcel.key, parcel.text.language.html_lang)):
            raise SendError(Failure.GATEWAY_ADDRESS, is_down=True)
        codes: list[int] = []

        def listen(entry: Any, _plugin: Any = None) -> None:  # noqa: ANN401 - Apprise's own classes
            codes.extend(int(code) for code in _STATUS.findall(str(getattr(entry, "message", entry))))

        if not sender.notify(body=self._text(parcel), log_callback=listen, log_level=logging.WARNING):
            code = next(iter(codes), None)
            failure = Failure.GATEWAY_UNREACHABLE if code is None else Failure.GATEWAY_REFUSED
            raise SendError(failure, code, is_down=code is None)

    def _text(self, parcel: Parcel) -> str:
        text = self._text_of(parcel)
        if self._scheme == "twilio" and "method=call" in self._url:
            language = SPEECH[parcel.text.language.code]
            return f'<Response><Say language="{language}">{escape(text)}</Say></Response>'
        return text

    def _address(self, number: str, key: str, language: str) -> str:
        address = self._url.replace("{to}", quote(number, safe=""))
        more = [f"cto={CONNECT_S}", f"rto={READ_S}"]
        if self._scheme in _TAKES_HEADERS:
            more += [f"+Idempotency-Key={quote(key)}", f":language={language}"]
        return address + ("&" if "?" in address else "?") + "&".join(more)


def short_text(parcel: Parcel) -> str:
    """The text of an SMS."""
    return parcel.text.short[:LONGEST_SMS]


def spoken_text(parcel: Parcel) -> str:
    """The text of a call."""
    return parcel.text.spoken()


def _apprise() -> Any:  # noqa: ANN401 - half a second of import that only who sends has to spend
    import apprise  # noqa: PLC0415

    for name in ("apprise", "urllib3"):
        log = logging.getLogger(name)
        log.propagate = False
        if not log.handlers:
            log.addHandler(logging.NullHandler())
    return apprise
