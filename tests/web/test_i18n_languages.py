"""Which language a reader gets, and how days, times and amounts look in it."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from booking.model import Explanation, Party, Reason
from web.formats import day_text, distance_text, minutes_text, party_text, price_text, time_text, weekday_text
from web.i18n import LANGUAGES, negotiate
from web.sentences import SENTENCES, explain

BERLIN = ZoneInfo("Europe/Berlin")
FIGURES: dict[Reason, dict[str, str | int | datetime]] = {
    Reason.LINE_HAS_PRIORITY: {"line": "RE 8", "at": datetime(2026, 12, 3, 8, 40, tzinfo=UTC)},
    Reason.CONNECTION_HELD: {"line": "RE 8", "hub": "Hinterburg", "minutes": 10},
    Reason.SHIFTED_EARLIER: {"minutes": 30},
    Reason.SHIFTED_LATER: {"minutes": 30},
    Reason.TOO_LATE_TO_ORDER: {"lead_min": 60, "earliest_at": datetime(2026, 12, 3, 8, 40, tzinfo=UTC)},
    Reason.TOO_FAR_AHEAD: {"days": 28},
    Reason.OUTSIDE_SERVICE_HOURS: {
        "from_at": datetime(2026, 12, 3, 4, 0, tzinfo=UTC),
        "to_at": datetime(2026, 12, 3, 21, 0, tzinfo=UTC),
    },
    Reason.OUTSIDE_SERVICE_AREA: {"place": "Fernstadt", "stop": "Hinterburg", "km": 12},
    Reason.PARTY_TOO_LARGE: {"max": 8},
    Reason.BY_PHONE_ONLY: {"max": 4, "phone": "09999 12345"},
    Reason.NO_SUITABLE_VEHICLE: {"phone": "09999 12345"},
    Reason.NONE_SUITABLE_ON_DUTY: {"phone": "09999 12345"},
}


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "de"),
        ("de-DE,de;q=0.9,en;q=0.8", "de"),
        ("en-US,en;q=0.9", "en"),
        ("prs", "fa"),
        ("prs-AF,en;q=0.4", "fa"),
        ("fa-IR", "fa"),
        ("ar-EG,ar;q=0.9,de;q=0.1", "ar"),
        ("fr-FR,fr;q=0.9,pl;q=0.5,de;q=0.7", "de"),
        ("sw", "de"),
        ("uk;q=nonsense,tr", "tr"),
        ("en;q=0, ru", "ru"),
    ],
)
def test_the_browser_says_which_language(header: str, code: str) -> None:
    assert negotiate(header).code == code


def test_a_language_that_a_district_does_not_offer_is_not_chosen() -> None:
    assert negotiate("ar,pl;q=0.5", ("de", "pl")).code == "pl"


def test_arabic_and_dari_run_from_right_to_left_and_no_other_language() -> None:
    assert {code for code, language in LANGUAGES.items() if language.direction == "rtl"} == {"ar", "fa"}


@pytest.mark.parametrize("code", LANGUAGES)
def test_figures_are_latin_and_times_have_24_hours(code: str) -> None:
    language = LANGUAGES[code]
    said = [
        time_text(datetime(2026, 12, 3, 20, 5, tzinfo=UTC), BERLIN),
        day_text(date(2026, 12, 3), language),
        weekday_text(date(2026, 12, 3), language),
        price_text(380, language),
        minutes_text(25, language),
        distance_text(347, language),
        party_text(Party(3, wheelchairs=1), language),
    ]
    assert said[0] == "21:05"
    figures = {sign for text in said for sign in text if sign.isdecimal()}
    assert figures <= set("0123456789")
    assert "2026" in said[1]
    assert "25" in said[4]
    assert "duration-minute" not in said[4]
    assert "350" in said[5]


def test_the_day_is_said_in_words() -> None:
    assert day_text(date(2026, 12, 3), LANGUAGES["de"]) == "Donnerstag, 3. Dezember 2026"
    assert day_text(date(2026, 12, 3), LANGUAGES["ar"]) == "الخميس، 3 كانون الأول 2026"
    assert weekday_text(date(2026, 12, 3), LANGUAGES["pl"]) == "czwartek, 3 grudnia"


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_its_sentences_in_every_language(code: str, reason: Reason) -> None:
    language = LANGUAGES[code]
    full = explain(Explanation(reason, params=FIGURES.get(reason, {})), language, BERLIN)
    assert "%(" not in full
    for value in FIGURES.get(reason, {}).values():
        if isinstance(value, str):
            assert f'<bdi lang="de">{value}</bdi>' in full
    assert explain(Explanation(reason), language, BERLIN).unescape() == language.gettext(SENTENCES[reason][0])


def test_a_reason_without_its_figures_says_only_what_is_sure() -> None:
    said = explain(Explanation(Reason.TOO_LATE_TO_ORDER, params={"lead_min": 60}), LANGUAGES["de"], BERLIN)
    assert said.striptags() == (
        "Für diese Zeit ist es zu spät zum Bestellen. Bitte bestellen Sie mindestens 60 Minuten vor der Abfahrt."
    )


def test_names_in_sentences_cannot_bring_markup() -> None:
    said = explain(Explanation(Reason.OUTSIDE_SERVICE_AREA, params={"place": "<script>"}), LANGUAGES["de"], BERLIN)
    assert "<script>" not in said
