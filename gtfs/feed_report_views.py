"""A report on a feed as text for a terminal or a mail, and as values for a program."""

from collections.abc import Iterator
from typing import Any

from gtfs.feed_remedies import REMEDIES
from gtfs.feed_report import FeedReport, FindingGroup, contents, groups_of, headline, weights
from gtfs.feed_validator import rules_version
from gtfs.findings import Finding, Severity


def report_lines(report: FeedReport, rows: int) -> Iterator[str]:
    """The report as text.

    Parameters
    ----------
    rows
        How many rows of a kind are named one by one.
    """
    yield headline(report)
    if report.refusal:
        yield f"  {report.refusal}"
    if contents(report):
        yield f"  {contents(report)}"
    if report.refusal and not report.findings:
        return
    yield f"  {weights(report)}"
    for group in groups_of(report):
        yield ""
        yield from _group_lines(group, rows)
    yield ""
    yield f"  {closing(report)}"


def closing(report: FeedReport) -> str:
    """By whom and for which day the feed was checked."""
    said = f"Checked for {report.checked_on}, by Rufnetz and the rules of {rules_version()}."
    return f"Where nothing else is said, rows were read as they stand. {said}" if report.findings else said


def _group_lines(group: FindingGroup, rows: int) -> Iterator[str]:
    count = "" if group.rows == 1 else f" ({group.rows:,} rows)"
    yield f"  {group.severity.upper()} {group.code}{count}"
    if group.summary:
        yield f"    What it is: {group.summary}"
    if group.remedy:
        yield f"    What to do: {group.remedy}"
    if group.effect:
        yield f"    What we did: {group.effect}."
    shown, others = group.examples(rows)
    yield from (f"      {finding.place}: {group.told(finding)}" for finding in shown)
    if others:
        yield f"      … and {others:,} more"


def report_as_json(report: FeedReport) -> dict[str, Any]:
    """The report as values that ``json`` can write; of a kind in a field, ``LISTED_PER_KIND`` rows are listed."""
    return {
        "name": report.name,
        "checked_on": report.checked_on.isoformat(),
        "is_good": report.is_good,
        "is_usable": report.is_usable,
        "refusal": report.refusal or None,
        "lost_rows": report.lost_rows,
        "counts": dict(report.counts),
        "first_on": report.valid[0].isoformat() if report.valid else None,
        "last_on": report.valid[1].isoformat() if report.valid else None,
        "rows": {str(severity): report.count(severity) for severity in Severity},
        "rules": rules_version(),
        "findings": [
            *(_finding_as_json(finding, "rufnetz") for finding in report.own),
            *(_finding_as_json(finding, "rules") for finding in report.by_rules),
        ],
    }


def _finding_as_json(finding: Finding, found_by: str) -> dict[str, Any]:
    return {
        "severity": str(finding.severity),
        "code": finding.code,
        "file": finding.file or None,
        "line": finding.line,
        "field": finding.field or None,
        "rows": finding.rows,
        "what": finding.what,
        "effect": finding.effect or None,
        "remedy": REMEDIES.get(finding.code),
        "found_by": found_by,
    }
