"""What schemathesis is told about well-formed input that no JSON schema can say.

Only calls that are meant to be accepted are touched (wrong ones stay as wrong as they were made):

* an idempotency key is new for every write, as the API asks for; made-up ones repeat ("0") and are then refused;
* times lie in the days that can be booked, so that calls reach the engine instead of ending at "that is over";
* no party is larger than the rules allow, has more wheelchairs or child seats than persons, or companions of nobody;
* no pause ends before it begins, every series, and every change of one, has a date that lies ahead, nobody comes back
  before they went;
* a journey goes from one place to another;
* stops are taken from the made-up district, every other time;
* what is sent as If-Match is any state;
* nobody revokes the key that all these calls come with.
"""

import os
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import schemathesis

FIRST = datetime(2026, 3, 3, 9, tzinfo=UTC)
OWN_KEY = os.environ.get("SCHEMATHESIS_OWN_KEY", "")
MAX_PARTY = 8
STOPS = ("brueelow-markt", "cramnitz-markt", "altwiek-markt", "luebzow-markt", "doessin-siedlung")


@schemathesis.hook
def before_call(context: object, case: Any, kwargs: object) -> None:  # noqa: ANN401 - schemathesis publishes no type for it
    del context, kwargs
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if case.operation.label == "DELETE /keys/{prefix}" and case.path_parameters.get("prefix") == OWN_KEY:
        case.path_parameters["prefix"] = "aaaaaaaa"
    headers = case.headers
    if headers:
        if "Idempotency-Key" in headers:
            headers["Idempotency-Key"] = uuid4().hex
        if "if-match" in headers:
            headers["if-match"] = "*"
    if isinstance(case.body, dict):
        _mend(case.body)


def _mend(body: dict[str, Any]) -> None:
    for name, value in body.items():
        spread = hash(str(value)) % 5000
        if isinstance(value, dict):
            _mend(value)
        elif name in {"depart_after", "arrive_by", "back_at", "at"} and isinstance(value, str) and "T" in value:
            body[name] = (FIRST + timedelta(minutes=spread)).isoformat()
        elif name == "stop_id" and isinstance(value, str) and spread % 2:
            body[name] = STOPS[spread % len(STOPS)]
    party = body.get("party")
    if isinstance(party, dict):
        party["persons"] = min(party.get("persons", 1), MAX_PARTY)
        party["wheelchairs"] = min(party.get("wheelchairs", 0), party["persons"])
        party["child_seats"] = min(party.get("child_seats", 0), party["persons"] - party["wheelchairs"])
        party["companions"] = min(party.get("companions", 0), party["persons"] - 1)
    if "first_on" in body:
        body |= {"first_on": "2026-03-03", "last_on": None, "public_holidays": "ride", "school_holidays": "ride"}
        body["dates"] = ["2026-03-10"]
    if "from_on" in body and "rule" in body:
        body["from_on"] = "2026-03-04"
    if "from_on" in body and isinstance(body.get("to_on"), str):
        body["to_on"] = max(body["to_on"], body["from_on"])
    if isinstance(body.get("back_after"), str):
        body["back_after"] = "29:59"
    origin, destination = body.get("origin"), body.get("destination")
    if isinstance(origin, dict) and isinstance(destination, dict) and "stop_id" in origin:
        destination["stop_id"] = STOPS[0] if origin["stop_id"] != STOPS[0] else STOPS[1]
