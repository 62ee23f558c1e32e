"""What a JSON schema says about fields that go together: which of them, how many, with what.

Pydantic checks these by validators, which its schemas do not show; programs that read the schema should know as well.
"""

from typing import Any

_TEXT, _NUMBER, _WHOLE, _NULL = ({"type": kind} for kind in ("string", "number", "integer", "null"))


def _with(**types: dict[str, str]) -> dict[str, Any]:
    """Fields that must be there, or (null) must not."""
    required = [name for name, said in types.items() if said is not _NULL]
    return {"required": required, "properties": types}


ONE_TIME: dict[str, Any] = {
    "oneOf": [_with(depart_after=_TEXT, arrive_by=_NULL), _with(depart_after=_NULL, arrive_by=_TEXT)]
}
"""Exactly one of ``depart_after`` and ``arrive_by``."""

A_PLACE: dict[str, Any] = {"anyOf": [_with(stop_id=_TEXT), _with(lon=_NUMBER, lat=_NUMBER)]}
"""A stop, or a point."""

ONE_STAY: dict[str, Any] = {"anyOf": [_with(stay_min=_NULL), _with(back_at=_NULL)]}
"""``stay_min`` or ``back_at`` or neither."""

A_RULE: dict[str, Any] = {
    "allOf": [
        ONE_TIME,
        {
            "anyOf": [
                {"required": ["weekdays"], "properties": {"weekdays": {"minItems": 1}}},
                {"required": ["dates"], "properties": {"dates": {"minItems": 1}}},
            ]
        },
    ]
}
"""A time, and at least one weekday or date."""

A_REPORT: dict[str, Any] = {
    "allOf": [
        {
            "oneOf": [
                {
                    "required": ["ride_id"],
                    "properties": {
                        "kind": {"enum": ["arrived", "boarded", "alighted", "no_show"]},
                        "ride_id": _TEXT,
                        "delay_min": _NULL,
                    },
                },
                {"required": ["delay_min"], "properties": {"kind": {"const": "delay"}, "delay_min": _WHOLE}},
                {
                    "required": ["lon", "lat"],
                    "properties": {"kind": {"const": "position"}, "lon": _NUMBER, "lat": _NUMBER, "delay_min": _NULL},
                },
                {"properties": {"kind": {"const": "breakdown"}, "delay_min": _NULL}},
            ]
        },
        {"oneOf": [_with(lon=_NULL, lat=_NULL), _with(lon=_NUMBER, lat=_NUMBER)]},
    ]
}
"""What each kind of report needs."""
