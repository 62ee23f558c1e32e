"""What is right and wrong with a feed, as a report that can be sent to whoever publishes it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from pathlib import Path

from gtfs.feed import Feed, read_feed
from gtfs.feed_flex import FlexTables
from gtfs.feed_remedies import REMEDIES
from gtfs.feed_validator import AS_IT_STANDS, find_by_rules, summary_of
from gtfs.findings import FeedError, Finding, Severity
from gtfs.flex_reading import read_services

_WORDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "hint"}


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
    own
        What our reading found, in the order of reading.
    by_rules
        What the library of rules found and we did not say already.
    """

    name: str
    checked_on: date
    refusal: str
    counts: Mapping[str, int] = field(default_factory=dict)
    valid: tuple[date, date] | None = None
    own: tuple[Finding, ...] = ()
    by_rules: tuple[Finding, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All of them."""
        return (*self.own, *self.by_rules)

    @property
    def lost_rows(self) -> int:
        """How many rows (or files) our reading had to leave out or change."""
        return sum(finding.rows for finding in self.own if finding.severity is Severity.ERROR)

    @property
    def is_usable(self) -> bool:
        """Whether we can use the feed as it is, whatever rules it breaks that only matter to other programs."""
        return not self.refusal and self.lost_rows == 0

    @property
    def is_good(self) -> bool:
        """Whether the feed can be used as it is, by us and by others: it has no error."""
        return self.is_usable and self.count(Severity.ERROR) == 0

    def count(self, severity: Severity) -> int:
        """How many rows have findings of a weight."""
        return sum(finding.rows for finding in self.findings if finding.severity is severity)


@dataclass(frozen=True)
class FindingGroup:
    """Findings of one kind.

    Parameters
    ----------
    summary
        What this kind is about, as a sentence; may be empty.
    remedy
        What to do, as a sentence; may be empty.
    effect
        What was done about all of them, as half a sentence; "" where nothing was, or not the same.
    """

    severity: Severity
    code: str
    summary: str
    remedy: str
    effect: str
    findings: tuple[Finding, ...]

    @property
    def rows(self) -> int:
        """How many rows have this fault."""
        return sum(finding.rows for finding in self.findings)

    def told(self, finding: Finding) -> str:
        """What is to be said of one of them under this heading."""
        return f"{finding.what}." if finding.effect in {self.effect, AS_IT_STANDS} else finding.message

    def examples(self, count: int) -> tuple[tuple[Finding, ...], int]:
        """The first findings with a place of their own, and for how many more rows they stand."""
        shown = tuple(finding for finding in self.findings if finding.rows == 1)[:count]
        return shown, self.rows - len(shown)


def check_feed(path: Path, on: date) -> FeedReport:
    """Read a feed and try the rules of the library on it; a feed of on-demand services alone is welcome.

    Parameters
    ----------
    on
        The day for which a calendar is or is not over, usually today.
    """
    try:
        feed = read_feed(path, may_lack_trips=True)
    except FeedError as error:
        return FeedReport(path.name, on, str(error), by_rules=find_by_rules(path, on))
    on_demand = _on_demand_lines(feed.flex) if feed.flex is not None else {}
    by_rules = find_by_rules(path, on, on_demand_rows=on_demand)
    own = (*feed.findings, *read_services(feed)[1])
    first, last = feed.calendar.first_on, feed.calendar.last_on
    return FeedReport(
        path.name,
        on,
        "",
        _counts(feed),
        (first, last) if first is not None and last is not None else None,
        own,
        tuple(_unsaid(by_rules, own)),
    )


def groups_of(report: FeedReport) -> Iterator[FindingGroup]:
    """The findings by weight and kind, the worst first; ours before the library's, and as they were found.

    A stop that was left out so comes before the calls that went with it.
    """
    order = {severity: place for place, severity in enumerate(Severity)}
    own_codes = {code: place for place, code in enumerate(dict.fromkeys(finding.code for finding in report.own))}

    def kind(finding: Finding) -> tuple[int, int, str]:
        return order[finding.severity], own_codes.get(finding.code, len(own_codes)), finding.code

    for (_, _, code), found in groupby(sorted(report.findings, key=kind), key=kind):
        findings = tuple(found)
        effects = {finding.effect for finding in findings}
        effect = effects.pop() if len(effects) == 1 and AS_IT_STANDS not in effects else ""
        # Our own sentences need no heading.
        summary = "" if code in own_codes else summary_of(code)
        yield FindingGroup(findings[0].severity, code, summary, REMEDIES.get(code, ""), effect, findings)


def headline(report: FeedReport) -> str:
    """One sentence on whether the feed can be used."""
    if report.refusal:
        return f"{report.name} cannot be used."
    if report.lost_rows:
        rows = "1 row was" if report.lost_rows == 1 else f"{report.lost_rows:,} rows were"
        return f"{report.name} can be used, but {rows} wrong and left out or changed."
    if not report.is_good:
        told = _counted(report.count(Severity.ERROR), "errors")
        return f"{report.name} can be used here as it is, but has {told} that may hinder other programs."
    return f"{report.name} can be used."


def weights(report: FeedReport) -> str:
    """One sentence on how many faults of which weight there are."""
    counted = [(report.count(severity), word) for severity, word in _WORDS.items()]
    return ", ".join(f"{count:,} {word}{'' if count == 1 else 's'}" for count, word in counted) + "."


def contents(report: FeedReport) -> str:
    """One sentence on what is in the feed; "" for a refused one."""
    if not report.counts:
        return ""
    told = ", ".join(_counted(count, name) for name, count in report.counts.items() if count)
    return f"{told}; {_runs(report)}."


def _counted(count: int, plural: str) -> str:
    singular = {"agencies": "agency"}.get(plural, plural.removesuffix("s"))
    return f"{count:,} {plural if count != 1 else singular}"


def _runs(report: FeedReport) -> str:
    if report.valid is None:
        return "nothing runs on any day"
    first, last = report.valid
    if last < report.checked_on:
        return f"ran from {first} to {last}, nothing runs any more"
    return f"runs from {first} to {last}"


def _unsaid(by_rules: tuple[Finding, ...], own: tuple[Finding, ...]) -> Iterator[Finding]:
    """What the library says of rows and kinds of which we have not spoken."""
    said = {(finding.file, finding.line, finding.code) for finding in own}
    said |= {(finding.file, finding.line, finding.field) for finding in own}
    # Beyond the listed rows the same kind in the same place is the same story.
    kinds = {(finding.file, finding.field, finding.code) for finding in own}
    for finding in by_rules:
        place = finding.file, finding.line
        if finding.line is None:
            if (finding.file, finding.field, finding.code) not in kinds:
                yield finding
        elif not {(*place, finding.code), (*place, finding.field)} & said:
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
