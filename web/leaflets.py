"""A leaflet for each stop: one sheet of paper for the shelter or the notice board, in any language of the district.

How to order in three pictures, the telephone number, when the service runs, which lines leave here on a weekday and on
a Sunday, and a QR code that opens the form with this stop filled in. Names of places stay as they stand on the signs.
"""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import as_file, files
from urllib.parse import urlencode

import segno
from fpdf import FPDF
from fpdf.enums import Align, XPos, YPos

from booking.artefacts import Artefacts
from booking.district import DayKind, District, Stop
from booking.model import Channel
from booking.notice_letter import FONTS
from gtfs.departures import list_departures
from gtfs.service_day import ServiceDay
from gtfs.timetable import Timetable
from web.formats import day_text, minutes_text
from web.how_it_works import hours_of
from web.i18n import N_, Language
from web.static_files import STATIC_FOLDER

LEFT_MM, WIDTH_MM = 18.0, 174.0
HOURS_MM = 62.0
"""Width of the column in which kinds of day stand."""
MOST_DEPARTURES = 14
DAY_S = 24 * 3600
INK = "#171a2b"
DASH = "\N{EN DASH}"
BLUE = (26, 61, 165)
HOLDS = N_("Stand: %(date)s")
ORDER_HERE = N_("Eine Fahrt von hier bestellen")
LINES_HERE = N_("Linien von hier nach Fahrplan")
NO_LINES = N_("Hier fährt keine Linie nach Fahrplan. Der Rufbus kommt, wenn Sie ihn bestellen.")
STEPS = (
    ("order", N_("Bestellen")),
    ("stop", N_("Zur Haltestelle gehen")),
    ("board", N_("Einsteigen")),
)


@dataclass(frozen=True, slots=True)
class Leaflet:
    """What a leaflet is about.

    Parameters
    ----------
    today
        From here on the days are looked for whose lines are shown.
    public_url
        Of the residents' pages, without a slash at the end.
    """

    district: District
    artefacts: Artefacts
    stop: Stop
    language: Language
    today: date
    public_url: str


def write_leaflet(leaflet: Leaflet) -> bytes:
    """The PDF, one page of A4."""
    sheet = _Sheet(leaflet)
    sheet.head()
    sheet.steps()
    sheet.call()
    sheet.lines()
    return sheet.finish()


def file_name(stop: Stop) -> str:
    """How the leaflet of a stop is called as a file, on any computer."""
    return re.sub(r"[^\w.-]", "_", stop.id, flags=re.ASCII) + ".pdf"


def example_days(district: District, timetable: Timetable, today: date) -> tuple[tuple[str, date], ...]:
    """A weekday and a Sunday soon to come for which the timetable holds, with the German name of their kind.

    None where it does not: nothing is said then of lines.
    """
    found = []
    for kind, text, weekday in (
        (DayKind.WEEKDAY, N_("Montag bis Freitag"), 1),
        (DayKind.SUNDAY_OR_HOLIDAY, N_("Sonntag und Feiertag"), 6),
    ):
        days = (today + timedelta(days=ahead) for ahead in range(1, 60))
        fitting = (day for day in days if day.weekday() == weekday and district.day_kind(day) is kind)
        on = next((day for day in fitting if _holds(timetable, day)), None)
        if on is not None:
            found.append((text, on))
    return tuple(found)


def _holds(timetable: Timetable, on: date) -> bool:
    first, last = timetable.first_on, timetable.last_on
    return first is not None and last is not None and first <= on <= last


def departures_from(leaflet: Leaflet, on: date) -> Sequence[tuple[str, str]]:
    """Lines that leave from the stop, or from one beside it, on a day: time of the clock, then line and direction."""
    stop, artefacts = leaflet.stop, leaflet.artefacts
    near = [link.fixed_stop_id for link in artefacts.links.near(stop.id)]
    service_day = ServiceDay(on, leaflet.district.zone)
    found = list_departures(artefacts.timetable.day(service_day), near, 0, DAY_S)
    return [
        (f"{service_day.local(one.departure_s):%H:%M}", f"{one.route_name} → {one.headsign}")
        for one in found
        if one.trip_day_offset == 0
    ]


class _Sheet:
    """One page that is being written, from the top downwards."""

    def __init__(self, leaflet: Leaflet) -> None:
        self._leaflet, self._said = leaflet, leaflet.language
        self._is_rtl = self._said.direction == "rtl"
        self._align = Align.R if self._is_rtl else Align.L
        pdf = FPDF(format="A4")
        pdf.set_title(f"{leaflet.stop.name} {DASH} {self._said.gettext('So fahren Sie mit dem Rufbus')}")
        pdf.set_lang(self._said.html_lang)
        pdf.set_margins(LEFT_MM, 14, LEFT_MM)
        pdf.set_auto_page_break(auto=False)
        for family, (package, name) in FONTS.items():
            with as_file(files(package) / "files" / name) as path:
                pdf.add_font(family, fname=path)
        pdf.add_page()
        self._pdf = pdf

    def finish(self) -> bytes:
        """The whole page, with what it rests on at its foot."""
        pdf, leaflet = self._pdf, self._leaflet
        pdf.set_xy(LEFT_MM, 283)
        stands = self._said.gettext(HOLDS) % {"date": day_text(leaflet.today, self._said)}
        self._words(
            f"{leaflet.district.name} · {leaflet.district.contact.operator} · {stands}", 8, 4, color=(80, 80, 95)
        )
        return bytes(pdf.output())

    def head(self) -> None:
        """The name of the stop as it stands on the sign, and what this is about."""
        pdf = self._pdf
        pdf.set_font("latin", size=26)
        pdf.set_text_shaping(use_shaping_engine=True, direction="ltr")
        pdf.multi_cell(WIDTH_MM, 12, self._leaflet.stop.name, align=self._align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self._words(self._said.gettext("So fahren Sie mit dem Rufbus"), 15, 8, color=BLUE)

    def steps(self) -> None:
        """Three pictures with a line each."""
        pdf, gettext = self._pdf, self._said.gettext
        district = self._leaflet.district
        rules = district.rulebook.rules_on(self._leaflet.today)
        lead = minutes_text(rules.lead_s[Channel.WEB] // 60, self._said)
        lines = (
            gettext("Bitte bestellen Sie mindestens %(lead_min)s vor der Abfahrt.") % {"lead_min": lead},
            gettext(
                "Auf der Bestätigung steht, von wann bis wann der Rufbus kommt. Seien Sie am Anfang dieser Zeit da."
            ),
            gettext("Nennen Sie beim Einsteigen Ihren Code."),
        )
        top, column = pdf.get_y() + 4, WIDTH_MM / 3
        lowest = top
        for number, ((name, heading), line) in enumerate(zip(STEPS, lines, strict=True)):
            left = LEFT_MM + column * (2 - number if self._is_rtl else number)
            pdf.image(io.BytesIO(drawing(name)), x=left, y=top, w=44)
            pdf.set_xy(left, top + 32)
            self._words(gettext(heading), 13, 6, width=column - 6, color=BLUE)
            pdf.set_x(left)
            self._words(line, 11, 5.2, width=column - 6)
            lowest = max(lowest, pdf.get_y())
        pdf.set_y(lowest + 5)

    def call(self) -> None:
        """The telephone number, large, when the service runs, and the QR code of the form."""
        pdf, leaflet, gettext = self._pdf, self._leaflet, self._said.gettext
        top = pdf.get_y()
        pdf.set_draw_color(*BLUE)
        pdf.line(LEFT_MM, top, LEFT_MM + WIDTH_MM, top)
        code_left = LEFT_MM if self._is_rtl else LEFT_MM + WIDTH_MM - 40
        text_left = LEFT_MM + 46 if self._is_rtl else LEFT_MM
        picture = io.BytesIO()
        address = f"{leaflet.public_url}/{self._said.code}/?{urlencode({'from': leaflet.stop.id})}"
        segno.make(address, error="m").save(picture, kind="png", scale=8, border=1)
        picture.seek(0)
        pdf.image(picture, x=code_left, y=top + 4, w=40, alt_text=gettext(ORDER_HERE))
        pdf.set_xy(code_left, top + 45)
        self._words(gettext(ORDER_HERE), 9, 4.2, width=40)
        low = pdf.get_y()
        pdf.set_xy(text_left, top + 5)
        self._words(leaflet.district.contact.phone, 26, 12, width=WIDTH_MM - 46, is_latin=True)
        rules = leaflet.district.rulebook.rules_on(leaflet.today)
        for heading, hours in (
            (N_("Am Telefon ist jemand da:"), rules.desk_hours),
            (N_("Dann fährt der Rufbus"), rules.service_hours),
        ):
            pdf.set_x(text_left)
            self._words(gettext(heading), 11, 6, width=WIDTH_MM - 46, color=BLUE)
            for text, from_at, to_at in hours_of(hours):
                self._hours(text_left, gettext(text), f"{from_at}{DASH}{to_at}")
        pdf.set_y(max(low, pdf.get_y()) + 5)

    def _hours(self, left: float, text: str, span: str) -> None:
        """A kind of day and its hours in columns of their own: times are read from left to right in any language."""
        pdf, width = self._pdf, WIDTH_MM - 46
        top = pdf.get_y()
        pdf.set_xy(left + width - HOURS_MM if self._is_rtl else left, top)
        self._words(text, 11, 5.2, width=HOURS_MM)
        pdf.set_xy(left if self._is_rtl else left + HOURS_MM, top)
        self._words(span, 11, 5.2, width=width - HOURS_MM, is_latin=True)

    def lines(self) -> None:
        """What leaves here by the timetable on two days, side by side; that nothing does, where nothing does."""
        pdf, leaflet, gettext = self._pdf, self._leaflet, self._said.gettext
        examples = example_days(leaflet.district, leaflet.artefacts.timetable, leaflet.today)
        if not examples:
            return
        top = pdf.get_y()
        pdf.line(LEFT_MM, top, LEFT_MM + WIDTH_MM, top)
        pdf.set_xy(LEFT_MM, top + 3)
        self._words(gettext(LINES_HERE), 13, 7, color=BLUE)
        days = [(text, departures_from(leaflet, on)) for text, on in examples]
        if not any(found for _, found in days):
            self._words(gettext(NO_LINES), 11, 5.5)
            return
        begin, column = pdf.get_y(), WIDTH_MM / len(days)
        for number, (text, found) in enumerate(days):
            left = LEFT_MM + column * (len(days) - 1 - number if self._is_rtl else number)
            pdf.set_xy(left, begin)
            self._words(gettext(text), 11, 6, width=column - 4)
            for at, line in found[:MOST_DEPARTURES]:
                pdf.set_x(left)
                self._words(f"{at}  {line}", 10, 4.8, width=column - 4, is_latin=True)
            if len(found) > MOST_DEPARTURES or not found:
                pdf.set_x(left)
                self._words("…" if found else DASH, 10, 4.8, width=column - 4)

    def _words(
        self,
        text: str,
        size: float,
        height_mm: float,
        *,
        width: float = WIDTH_MM,
        color: tuple[int, int, int] = (23, 26, 43),
        is_latin: bool = False,
    ) -> None:
        """A paragraph; names and numbers that are read from left to right in any language are ``is_latin``."""
        pdf = self._pdf
        is_rtl = self._is_rtl and not is_latin
        own, other = ("arabic", "latin") if is_rtl else ("latin", "arabic")
        pdf.set_text_shaping(use_shaping_engine=True, direction="rtl" if is_rtl else "ltr")
        pdf.set_fallback_fonts([other], exact_match=False)
        pdf.set_font(own, size=size)
        pdf.set_text_color(*color)
        pdf.multi_cell(width, height_mm, text, align=self._align, new_x=XPos.LEFT, new_y=YPos.NEXT)


def drawing(name: str) -> bytes:
    """One of the drawings of the pages as a picture of its own.

    Raises
    ------
    KeyError
        There is none of that name.
    """
    text = (STATIC_FOLDER / "drawings.svg").read_text(encoding="utf-8")
    found = re.search(rf'<symbol id="{re.escape(name)}" viewBox="([^"]+)">(.*?)</symbol>', text, re.DOTALL)
    if found is None:
        raise KeyError(name)
    box, shapes = found.groups()
    whole = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">{shapes.replace("currentColor", INK)}</svg>'
    return whole.encode()
