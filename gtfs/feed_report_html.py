"""A report on feeds as one HTML page that needs nothing else: it can be mailed, printed and read without a network."""

from collections.abc import Iterator, Sequence
from html import escape

from gtfs.feed_report import FeedReport, FindingGroup, contents, groups_of, headline, weights
from gtfs.feed_report_views import closing
from gtfs.findings import Severity

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; max-width: 75rem; margin: 2rem auto;
  padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.3rem; margin-top: 2.5rem } h3 { font-size: 1rem; margin: 1.5rem 0 .2rem }
table { border-collapse: collapse; width: 100% } dl { display: grid; grid-template-columns: max-content 1fr;
  gap: 0 .8rem; margin: .2rem 0 .4rem } dt { color: #555 } dd { margin: 0 }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #c8c8c8 }
td.line { text-align: right; white-space: nowrap } code { font-size: .95em }
.weight { display: inline-block; padding: 0 .5rem; border-radius: .2rem; font-weight: 600; border: 1px solid }
.error { color: #8f1010 } .warning { color: #6b4800 } .info { color: #1d4f7c }
.refusal { border-left: .3rem solid #8f1010; padding-left: .8rem }
""".strip()
_WORDS = {Severity.ERROR: "Error", Severity.WARNING: "Warning", Severity.INFO: "Hint"}


def report_as_html(reports: Sequence[FeedReport]) -> str:
    """The page; everything a feed says is escaped."""
    return "\n".join(_page(reports)) + "\n"


def _page(reports: Sequence[FeedReport]) -> Iterator[str]:
    title = "Report on the timetable " + ", ".join(report.name for report in reports)
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{escape(title)}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n<body>"
    yield f"<h1>{escape(title)}</h1>"
    for report in reports:
        yield from _section(report)
    yield "</body>\n</html>"


def _section(report: FeedReport) -> Iterator[str]:
    yield f"<h2>{escape(headline(report))}</h2>"
    if report.refusal:
        yield f'<p class="refusal">{escape(report.refusal)}</p>'
    if contents(report):
        yield f"<p>{escape(contents(report))}</p>"
    if report.refusal and not report.findings:
        return
    yield f"<p>{escape(weights(report))}</p>"
    for group in groups_of(report):
        yield from _table(group)
    yield f"<p>{escape(closing(report))}</p>"


def _table(group: FindingGroup) -> Iterator[str]:
    weight = f'<span class="weight {group.severity}">{_WORDS[group.severity]}</span>'
    count = "" if group.rows == 1 else f" ({group.rows:,} rows)"
    yield f"<h3>{weight} <code>{escape(group.code)}</code>{count}</h3>"
    done = f"{group.effect}." if group.effect else ""
    said = {"What it is": group.summary, "What to do": group.remedy, "What we did": done}
    if any(said.values()):
        yield "<dl>" + "".join(f"<dt>{term}</dt><dd>{escape(text)}</dd>" for term, text in said.items() if text)
        yield "</dl>"
    yield "<table>"
    yield '<thead><tr><th scope="col">File</th><th scope="col">Line</th><th scope="col">Field</th>'
    yield '<th scope="col">What is wrong</th></tr></thead>\n<tbody>'
    for finding in group.findings:
        line = "" if finding.line is None else str(finding.line)
        yield (
            f'<tr><td>{escape(finding.file or "the feed")}</td><td class="line">{line}</td>'
            f"<td>{escape(finding.field)}</td><td>{escape(group.told(finding))}</td></tr>"
        )
    yield "</tbody>\n</table>"
