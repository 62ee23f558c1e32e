"""What is no mistake in a version of the rules but may be an oversight."""

from collections.abc import Iterator

from booking.district import District
from booking.rulebook import Rules
from booking.rules_clock import clock_text


def list_rule_notes(district: District, rules: Rules) -> tuple[str, ...]:
    """Notes about a version, each a sentence with its line."""
    return (*_form_notes(district, rules), *_order_notes(rules), *_fare_notes(rules))


def _form_notes(district: District, rules: Rules) -> Iterator[str]:
    spans = rules.service_hours.values()
    first_s = min((hours.from_s for hours in spans), default=0)
    last_s = max((hours.to_s for hours in spans), default=0)
    for i, form in enumerate(rules.service.forms):
        for departures in form.departures:
            outside = [s for s in departures.guide_times_s if not first_s <= s <= last_s]
            if outside:
                line = rules.line_of(f"form.{i}.departures")
                times = ", ".join(clock_text(s) for s in outside[:5])
                yield f'Line {line}: departures of form "{form.name}" lie outside of all service hours: {times}.'
        areas = [area for area in district.areas if area.id in form.areas or not form.areas]
        far = [
            s for s in form.stop_order if not any(s in area.hubs or area.covers(*_at(district, s)) for area in areas)
        ]
        if far:
            line = rules.line_of(f"form.{i}.stop_order")
            yield f'Line {line}: stops of the corridor "{form.name}" lie in none of its areas: {", ".join(far)}.'
    named = {area for form in rules.service.forms for area in form.areas}
    if rules.service.forms and all(form.areas for form in rules.service.forms):
        free = [area.name for area in district.areas if area.id not in named]
        if free:
            yield f"{len(free)} areas are named by no form and are served freely: {', '.join(free[:5])}."


def _at(district: District, stop_id: str) -> tuple[float, float]:
    stop = next(stop for stop in district.stops if stop.id == stop_id)
    return stop.lon, stop.lat


def _order_notes(rules: Rules) -> Iterator[str]:
    phone = rules.orders.phone
    if phone.needs_desk and not rules.desk_hours:
        yield f"Line {rules.line_of('phone.needs_desk')}: orders by phone need the desk, but it has no hours."
    quota = rules.orders.late_quota
    shortest_s = min(rules.lead_s.values())
    if quota.is_on and quota.early_s <= shortest_s:
        yield (
            f"Line {rules.line_of('late_quota.early_min')}: places are kept up to {quota.early_s // 60} minutes "
            f"before, when nobody can order any more (the shortest lead time is {shortest_s // 60} minutes)."
        )


def _fare_notes(rules: Rules) -> Iterator[str]:
    doors = any(form.door_places for form in rules.service.forms)
    if rules.fare.door_ct and not doors:
        yield f"Line {rules.line_of('fare.door_ct')}: there is a surcharge for the door, but no form names door_places."
