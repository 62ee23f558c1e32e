"""What is right and wrong with a feed, as a report that can be sent to whoever publishes it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

from gtfs.feed import Feed, read_feed
from gtfs.feed_flex import FlexTables
from gtfs.feed_validator import find_by_rules, rules_version, summary_of
from gtfs.findings import FeedError, Finding, Severity
from gtfs.text_tables import read_files

_REMEDIES = {
    "foreign_key_violation": "Add the row that is meant to the other file, or correct the id.",
    "duplicate_key": "Give each row an id (or number) of its own.",
    "missing_required_field": "Fill in the field.",
    "invalid_time": "Write times as HH:MM:SS; after midnight hours go on with 24, 25 and so on.",
    "invalid_date": "Write dates as YYYYMMDD.",
    "invalid_integer": "Write a whole number.",
    "invalid_float": "Write a number with a point for decimals.",
    "number_out_of_range": "Correct the number; coordinates are degrees (EPSG:4326).",
    "unexpected_enum_value": "Write one of the numbers that the GTFS reference lists for this field.",
    "point_near_origin": "Enter the coordinates of the stop.",
    "swapped_coordinates": "Exchange stop_lat and stop_lon.",
    "stop_far_from_others": "Check the coordinates.",
    "cyclic_parent_station": "A station has no parent_station; stops name the station as theirs.",
    "wrong_parent_location_type": "Give the station location_type 1, or name the right one.",
    "station_with_parent_station": "Leave parent_station of a station empty.",
    "start_and_end_range_out_of_order": "Exchange the two, or correct the wrong one.",
    "stop_time_with_arrival_before_previous_departure_time": "Correct the times or the order of the calls.",
    "missing_trip_edge": "Give the first and the last call of each trip a time.",
    "unusable_trip": "Give the trip at least two calls, or leave it out.",
    "unusable_file": "Correct the file, or leave it out of the feed.",
    "malformed_json": "Export the zones again as a GeoJSON FeatureCollection.",
    "on_demand_rows": "Nothing to do: Rufnetz reads them as on-demand services.",
}


@dataclass(frozen=True)
class FeedReport:
    """The outcome of checking one feed.

    Parameters
    ----------
    name
        Of the zip or folder.
    checked_on
        The day it was checked for: calendars that ended before it are over.
    refusal
        Why the feed cannot be used at all, with the remedy; "" if it can.
    counts
        What was read, by the plural of its name; nothing for a refused feed.
    valid
        First and last day on which anything runs.
    findings
        Our own in the order of reading, then those of the library of rules.
    """

    name: str
    checked_on: date
    refusal: str
    counts: Mapping[str, int] = field(default_factory=dict)
    valid: tuple[date, date] | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether the feed can be used and nothing in it is wrong; warnings do no harm."""
        return not self.refusal and self.count(Severity.ERROR) == 0

    def count(self, severity: Severity) -> int:
        """How many findings are of a weight."""
        return sum(finding.severity is severity for finding in self.findings)


@dataclass(frozen=True)
class FindingGroup:
    """Findings of one kind, and what to do about them."""

    severity: Severity
    code: str
    advice: str
    findings: tuple[Finding, ...]


def check_feed(path: Path, on: date) -> FeedReport:
    """Read a feed and try the rules of the library on it; a feed of on-demand services alone is welcome.

    Parameters
    ----------
    on
        The day for which a calendar is or is not over, usually today.
    """
    feed: Feed | None = None
    refusal = ""
    try:
        feed = read_feed(path, may_lack_trips=True)
    except FeedError as error:
        refusal = str(error)
    own = feed.findings if feed is not None else ()
    findings = (*own, *_by_rules(path, on, feed, own))
    if feed is None:
        return FeedReport(path.name, on, refusal, findings=findings)
    first, last = feed.calendar.first_on, feed.calendar.last_on
    valid = (first, last) if first is not None and last is not None else None
    return FeedReport(path.name, on, refusal, _counts(feed), valid, findings)


def groups_of(report: FeedReport) -> Iterator[FindingGroup]:
    """The findings by weight and kind, the worst first; within a kind as they were found."""
    order = {severity: place for place, severity in enumerate(Severity)}

    def kind(finding: Finding) -> tuple[int, str]:
        return order[finding.severity], finding.code

    for (_, code), found in groupby(sorted(report.findings, key=kind), key=kind):
        findings = tuple(found)
        advice = _REMEDIES.get(code) or summary_of(code)
        yield FindingGroup(findings[0].severity, code, advice, findings)


def headline(report: FeedReport) -> str:
    """One sentence on the whole feed."""
    if report.refusal:
        return f"{report.name} cannot be used."
    words = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "hint"}
    counted = [(report.count(severity), word) for severity, word in words.items()]
    told = ", ".join(f"{count:,} {word}{'' if count == 1 else 's'}" for count, word in counted)
    return f"{report.name}: {told}."


def contents(report: FeedReport) -> str:
    """One sentence on what is in the feed; "" for a refused one."""
    if not report.counts:
        return ""
    told = ", ".join(f"{count:,} {name}" for name, count in report.counts.items() if count)
    runs = "nothing runs on any day" if report.valid is None else "runs {} to {}".format(*report.valid)
    return f"{told}; {runs}."


def report_lines(report: FeedReport) -> Iterator[str]:
    """The report as text."""
    yield headline(report)
    if report.refusal:
        yield f"  {report.refusal}"
    if contents(report):
        yield f"  {contents(report)}"
    for group in groups_of(report):
        yield ""
        yield f"  {group.severity.upper()} {group.code}{': ' if group.advice else ''}{group.advice}"
        yield from (f"    {finding}" for finding in group.findings)
    if report.findings:
        yield ""
        yield f"  Checked for {report.checked_on}, by Rufnetz and the rules of {rules_version()}."


def report_as_json(report: FeedReport) -> dict[str, Any]:
    """The report as values that ``json`` can write."""
    return {
        "name": report.name,
        "checked_on": report.checked_on.isoformat(),
        "is_good": report.is_good,
        "refusal": report.refusal or None,
        "counts": dict(report.counts),
        "first_on": report.valid[0].isoformat() if report.valid else None,
        "last_on": report.valid[1].isoformat() if report.valid else None,
        "rules": rules_version(),
        "findings": [
            {
                "severity": str(finding.severity),
                "code": finding.code,
                "file": finding.file or None,
                "line": finding.line,
                "field": finding.field or None,
                "message": finding.message,
            }
            for finding in report.findings
        ],
    }


def _by_rules(path: Path, on: date, feed: Feed | None, own: tuple[Finding, ...]) -> Iterator[Finding]:
    """What the library finds and we did not say already."""
    try:
        read_files(path, ())
    except FeedError:
        return
    said = {(finding.file, finding.line, finding.code) for finding in own}
    said |= {(finding.file, finding.line, finding.field) for finding in own}
    on_demand = _on_demand_lines(feed.flex) if feed is not None and feed.flex is not None else {}
    for finding in find_by_rules(path, on, on_demand_rows=on_demand):
        place = finding.file, finding.line
        if finding.line is None or not {(*place, finding.code), (*place, finding.field)} & said:
            yield finding


def _on_demand_lines(flex: FlexTables) -> dict[str, frozenset[int]]:
    return {
        "stop_times.txt": frozenset(flex.stop_times["line"]),
        "trips.txt": frozenset(flex.trips["line"]),
    }


def _counts(feed: Feed) -> dict[str, int]:
    counts = {
        "agencies": feed.agencies.height,
        "stops": feed.stops.filter(feed.stops["location_type"] == 0).height,
        "stations": feed.stops.filter(feed.stops["location_type"] == 1).height,
        "routes": feed.routes.height,
        "trips": feed.trips.height,
        "calls": feed.calls.height,
        "transfers": feed.transfers.height,
    }
    if feed.flex is not None:
        counts |= {
            "on-demand rows": feed.flex.stop_times.height,
            "booking rules": feed.flex.booking_rules.height,
            "zones": len(feed.flex.locations["features"]),
        }
    return counts
