"""Why an offer is as it is, or why there is none: one sentence for each reason, and more where figures are known."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from booking.model import Explanation, Reason
from web.formats import minutes_text, moment_text, name, time_text
from web.i18n import N_, Language

SENTENCES: dict[Reason, tuple[str, ...]] = {
    Reason.FITS_THE_WISH: (N_("Diese Fahrt passt zu Ihrem Wunsch."),),
    Reason.LINE_HAS_PRIORITY: (
        N_("Zu dieser Zeit fährt ein Bus oder Zug nach Fahrplan. Er hat Vorrang vor dem Rufbus."),
        N_("Die Linie %(line)s fährt um %(at)s Uhr."),
    ),
    Reason.CONNECTION_HELD: (
        N_("Der Anschluss ist gesichert."),
        N_("Rufbus und Linie %(line)s sind aufeinander abgestimmt. Umstieg: %(hub)s."),
        N_("Bei Verspätung warten wir höchstens %(minutes)s."),
    ),
    Reason.SHIFTED_EARLIER: (N_("Diese Fahrt ist früher als Ihr Wunsch."), N_("Unterschied: höchstens %(minutes)s.")),
    Reason.SHIFTED_LATER: (N_("Diese Fahrt ist später als Ihr Wunsch."), N_("Unterschied: höchstens %(minutes)s.")),
    Reason.VEHICLE_ON_ITS_WAY: (N_("Sie bestellen spät. Aber ein Fahrzeug kommt ohnehin vorbei."),),
    Reason.TOO_LATE_TO_ORDER: (
        N_("Für diese Zeit ist es zu spät zum Bestellen."),
        N_("Bitte bestellen Sie mindestens %(lead_min)s vor der Abfahrt."),
        N_("Bestellen konnte man bis: %(latest_at)s Uhr."),
        N_("Die früheste Abfahrt ist jetzt: %(earliest_at)s Uhr."),
    ),
    Reason.IN_THE_PAST: (N_("Diese Zeit ist schon vorbei."),),
    Reason.TOO_FAR_AHEAD: (
        N_("So weit im Voraus können Sie noch nicht bestellen."),
        N_("Sie können höchstens so viele Tage vorher bestellen: %(days)s."),
    ),
    Reason.OUTSIDE_SERVICE_HOURS: (
        N_("Zu dieser Zeit fährt der Rufbus nicht."),
        N_("An diesem Tag fährt er von %(from_at)s bis %(to_at)s Uhr."),
    ),
    Reason.NO_SERVICE_THAT_DAY: (N_("An diesem Tag fährt der Rufbus nicht."),),
    Reason.OUTSIDE_SERVICE_AREA: (
        N_("Dorthin oder von dort fährt der Rufbus nicht."),
        N_("Dieser Ort liegt außerhalb des Gebiets: %(place)s."),
        N_("Die nächste Haltestelle ist %(stop)s. Entfernung: etwa %(km)s km."),
    ),
    Reason.AREAS_NOT_CONNECTED: (N_("Zwischen diesen beiden Orten fährt der Rufbus nicht."),),
    Reason.PARTY_TOO_LARGE: (
        N_("Für so viele Personen ist der Rufbus zu klein."),
        N_("Höchstens so viele Personen können mitfahren: %(max)s."),
    ),
    Reason.BY_PHONE_ONLY: (
        N_("Für so viele Personen bestellen Sie bitte am Telefon."),
        N_("Die Nummer ist %(phone)s."),
        N_("Im Internet geht es für höchstens so viele Personen: %(max)s."),
    ),
    Reason.NEED_BY_PHONE_ONLY: (
        N_("Was Sie mitnehmen, bestellen Sie bitte am Telefon."),
        N_("Die Nummer ist %(phone)s."),
    ),
    Reason.DESK_CLOSED: (N_("Am Telefon ist gerade niemand."), N_("Wir sind wieder da: %(opens_at)s Uhr.")),
    Reason.BETWEEN_DEPARTURES: (
        N_("Zu dieser Zeit gibt es hier keine Abfahrt."),
        N_("Die Abfahrt davor ist etwa um %(before_at)s Uhr."),
        N_("Die nächste Abfahrt ist etwa um %(after_at)s Uhr."),
    ),
    Reason.KEPT_FOR_LATE_ORDERS: (
        N_("Die letzten Plätze halten wir für Menschen frei, die spät bestellen."),
        N_("Bitte fragen Sie noch einmal. Ab dann geht es: %(opens_at)s Uhr."),
    ),
    Reason.CALL_AFTER_NO_SHOWS: (
        N_("Sie sind mehrmals nicht zur Fahrt gekommen. Bitte bestellen Sie am Telefon."),
        N_("Die Nummer ist %(phone)s."),
    ),
    Reason.NO_SUITABLE_VEHICLE: (
        N_("Wir haben kein Fahrzeug, in das alles hineinpasst."),
        N_("Bitte rufen Sie uns an: %(phone)s."),
    ),
    Reason.NONE_SUITABLE_ON_DUTY: (
        N_("Zu dieser Zeit fährt kein Fahrzeug, in das alles hineinpasst."),
        N_("Bitte rufen Sie uns an: %(phone)s."),
    ),
    Reason.NONE_SUITABLE_FREE: (N_("Zu dieser Zeit ist kein Fahrzeug frei, in das alles hineinpasst."),),
    Reason.NO_VEHICLE_FREE: (N_("Zu dieser Zeit ist kein Fahrzeug frei."),),
    Reason.TOO_SHORT_TO_RIDE: (N_("Der Weg ist zu kurz für den Rufbus."),),
    Reason.SAME_PLACE: (N_("Start und Ziel sind derselbe Ort."),),
    Reason.NOT_REACHABLE: (N_("Wir haben keinen Weg zwischen diesen Orten gefunden."),),
    Reason.SERVICE_SUSPENDED: (
        N_("Im Moment können Sie keine neuen Fahrten bestellen."),
        N_("Bitte rufen Sie uns an: %(phone)s."),
    ),
}
"""The first sentence stands alone; each further one is said when all its figures are there.

===================== ======================================================
reason                params
===================== ======================================================
LINE_HAS_PRIORITY     ``line`` str, ``at`` datetime
CONNECTION_HELD       ``line`` str, ``hub`` str, ``minutes`` int (longest wait)
SHIFTED_EARLIER/LATER ``minutes`` int
TOO_LATE_TO_ORDER     ``lead_min`` int, ``earliest_at``, ``latest_at`` datetime
NEED_BY_PHONE_ONLY    ``phone`` str
DESK_CLOSED           ``phone`` str, ``opens_at`` datetime
BETWEEN_DEPARTURES    ``before_at``, ``after_at`` datetime
KEPT_FOR_LATE_ORDERS  ``opens_at`` datetime
CALL_AFTER_NO_SHOWS   ``count``, ``days`` int, ``phone`` str
TOO_FAR_AHEAD         ``days`` int
OUTSIDE_SERVICE_HOURS ``from_at``, ``to_at`` datetime
OUTSIDE_SERVICE_AREA  ``place`` str, ``stop`` str, ``km`` int
PARTY_TOO_LARGE       ``max`` int
BY_PHONE_ONLY         ``max`` int, ``phone`` str
NO_SUITABLE_VEHICLE   ``phone`` str
SERVICE_SUSPENDED     ``phone`` str
NONE_SUITABLE_ON_DUTY ``phone`` str
===================== ======================================================
"""

_MINUTES = frozenset({"minutes", "lead_min"})
_MOMENTS = frozenset({"earliest_at", "latest_at", "opens_at"})


def explain(explanation: Explanation, language: Language, zone: ZoneInfo) -> Markup:
    """The sentences of an explanation, ready for a page."""
    texts = {key: _param_text(key, value, language, zone) for key, value in explanation.params.items()}
    first, *further = SENTENCES[explanation.reason]
    said = [first, *(sentence for sentence in further if _placeholders(sentence) <= texts.keys())]
    return Markup(" ").join(escape(language.gettext(sentence)) % texts for sentence in said)


def _placeholders(sentence: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)s", sentence))


def _param_text(key: str, value: str | int | datetime, language: Language, zone: ZoneInfo) -> Markup:
    if isinstance(value, str):
        return name(value)
    if isinstance(value, datetime):
        text = moment_text(value, zone, language) if key in _MOMENTS else time_text(value, zone)
    else:
        text = minutes_text(value, language) if key in _MINUTES else str(value)
    return Markup("<bdi>{}</bdi>").format(text)
