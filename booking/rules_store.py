"""Versions of the rules in the database: what a booking rests on can be read as long as the booking is kept."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from booking.district import District
from booking.errors import RulesChangedError
from booking.rulebook import Rules
from booking.tables import BookingRow, RuleVersionRow

_NO_RULE = {"lines", "source"}
"""Where a rule stands and what it is based on changes nothing of what it says."""


def save_rules(session: Session, district: District, now: datetime) -> tuple[str, ...]:
    """Bring the versions of a district's rules into the database; gives the names of those that are new or changed.

    Raises
    ------
    RulesChangedError
        A version that bookings rest on says something else than when it was loaded.
    """
    changed = []
    for rules in district.rulebook.versions:
        content = rules_content(rules)
        digest = rules_digest(content)
        row = session.get(RuleVersionRow, rules.version, with_for_update=True)
        if row is not None and row.sha256 == digest:
            continue
        if row is not None and row.sha256 and _is_used(session, rules.version):
            raise RulesChangedError(_changed_text(rules, _differences(row.content, content)))
        values = {
            "name": rules.version,
            "district": district.id,
            "valid_from": rules.valid_from,
            "content": content | {"source": rules.source},
            "sha256": digest,
            "loaded_at": now,
        }
        upsert = insert(RuleVersionRow).values(values)
        session.execute(upsert.on_conflict_do_update(index_elements=[RuleVersionRow.name], set_=values))
        changed.append(rules.version)
    return tuple(changed)


def find_rule_version(session: Session, name: str) -> RuleVersionRow | None:
    """A version as it was loaded, or None."""
    return session.scalar(select(RuleVersionRow).where(RuleVersionRow.name == name))


def rules_content(rules: Rules) -> dict[str, Any]:
    """A version as plain JSON values. What is as by default is left out, so that a new kind of rule changes nothing."""
    return {
        field.name: _plain(getattr(rules, field.name))
        for field in fields(rules)
        if field.name not in _NO_RULE and not _is_default(field, getattr(rules, field.name))
    }


def rules_digest(content: Mapping[str, Any]) -> str:
    """The SHA-256 of a version's content, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON
    if is_dataclass(value):
        return {
            field.name: _plain(getattr(value, field.name))
            for field in fields(value)
            if not _is_default(field, getattr(value, field.name))
        }
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted((_plain(item) for item in value), key=json.dumps)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _is_default(field: Field[Any], value: object) -> bool:
    if field.default is not MISSING:
        return bool(value == field.default)
    return field.default_factory is not MISSING and bool(value == field.default_factory())


def _is_used(session: Session, name: str) -> bool:
    return bool(session.scalar(select(exists().where(BookingRow.rules_version == name))))


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The names of what differs, those within a table dotted."""
    found = []
    for key in sorted((before.keys() | after.keys()) - _NO_RULE):
        old, new = before.get(key), after.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            found += [f"{key}.{name}" for name in _differences(old, new)]
        elif old != new:
            found.append(key)
    return found


def _changed_text(rules: Rules, differences: list[str]) -> str:
    where = f"rules.toml, line {rules.line_of('name')}"
    return (
        f'{where}: version "{rules.version}" of the rules was changed ({", ".join(differences)}), but bookings rest on '
        "it \N{EM DASH} put it back as it was, and add a new [[version]] below it with its own name and valid_from."
    )
