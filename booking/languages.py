"""The nine languages in which riders read and are told things; what each looks like, without any text of ours."""

from dataclasses import dataclass
from typing import Literal

from babel import Locale

SOURCE = "de"
"""The language of the msgids; it needs no catalog."""


@dataclass(frozen=True, slots=True)
class Language:
    """A language.

    Parameters
    ----------
    code
        First part of a page's path, and the folder of the catalog.
    html_lang
        What pages and mails say they are written in (BCP 47).
    locale
        Where dates, plurals and prices come from (CLDR).
    endonym
        Its name in itself.
    unit_length
        ``short`` where the word for minutes would have to follow the grammatical case of a sentence, or where CLDR
        has no long one.
    """

    code: str
    html_lang: str
    locale: str
    endonym: str
    unit_length: Literal["long", "short"] = "long"

    @property
    def cldr(self) -> Locale:
        """The CLDR data."""
        return Locale.parse(self.locale)

    @property
    def direction(self) -> str:
        """``ltr`` or ``rtl``."""
        return self.cldr.text_direction


LANGUAGES = {
    language.code: language
    for language in (
        Language("de", "de", "de_DE", "Deutsch"),
        Language("de-simple", "de-simple", "de_DE", "Einfache Sprache"),
        Language("en", "en", "en_GB", "English"),
        Language("uk", "uk", "uk_UA", "Українська", "short"),
        Language("ru", "ru", "ru_RU", "Русский", "short"),
        Language("ar", "ar", "ar_SY", "العربية"),
        Language("fa", "fa", "fa_AF", "فارسی / دری", "short"),
        Language("pl", "pl", "pl_PL", "Polski", "short"),
        Language("tr", "tr", "tr_TR", "Türkçe"),
    )
}


def language_for(code: str) -> Language:
    """The language with a code; German for one we do not have."""
    return LANGUAGES.get(code, LANGUAGES[SOURCE])
