"""Versions of the rules in the database."""

from dataclasses import replace

import pytest
from alembic import command
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import IntegrityError

from booking.database import Database
from booking.enquiry_search import Network
from booking.errors import RulesChangedError
from booking.migrations import alembic_config
from booking.model import Channel, Contact
from booking.operation import Operation
from booking.rulebook import Rulebook, Rules
from booking.rules_store import find_rule_version, rules_content, rules_digest, save_rules
from booking.tables import BookingRow, RuleVersionRow
from tests.booking.rule_cases import rules_of
from tests.tiny_network import FakeClock, enquiry_of, local


def save(operation: Operation, *versions: Rules) -> tuple[str, ...]:
    district = replace(operation.district, rulebook=Rulebook(versions))
    with operation.database.sessions.begin() as session:
        return save_rules(session, district, local("07:00"))


def book(operation: Operation, network: Network) -> None:
    offer = operation.answer(enquiry_of(network, "brueelow-markt", "cramnitz-markt", "21:00")).offers[0]
    operation.confirm(operation.token(offer), Contact("Nele Probe"), Channel.WEB)


def test_a_service_that_opens_brings_its_rules_into_the_database(operation: Operation) -> None:
    with operation.database.sessions() as session:
        row = find_rule_version(session, "2020-01")
        assert row is not None
        assert (row.district, row.valid_from.isoformat()) == ("tiny", "2020-01-01")
        assert row.content["ride"]["max_ride_s"] == 3600
        assert row.content["lead_s"] == {"web": 3600, "phone": 3600, "api": 3600}
        assert row.content["source"] == "made up"
        assert len(row.sha256) == 64
        assert find_rule_version(session, "2019") is None


def test_loading_the_same_rules_again_changes_nothing(operation: Operation) -> None:
    assert save(operation, rules_of()) == ()
    # Where a rule stands in the file and on what it is based is no rule.
    assert save(operation, replace(rules_of(), source="another page", lines={"name": 99})) == ()
    with operation.database.sessions() as session:
        row = session.scalars(select(RuleVersionRow)).one()
        assert row.loaded_at < local("07:00")


def test_rules_that_nobody_has_booked_by_may_be_corrected(operation: Operation) -> None:
    assert save(operation, rules_of(("horizon_days = 28", "horizon_days = 14"))) == ("2020-01",)
    with operation.database.sessions() as session:
        assert session.scalars(select(RuleVersionRow)).one().content["horizon_days"] == 14


def test_rules_that_bookings_rest_on_stay_as_they_are(operation: Operation, tiny: Network) -> None:
    book(operation, tiny)
    with operation.database.sessions() as session:
        assert session.scalars(select(BookingRow.rules_version)).one() == "2020-01"
    changed = rules_of(("horizon_days = 28", "horizon_days = 14"), ("max_ride_min = 60", "max_ride_min = 50"))
    with pytest.raises(RulesChangedError, match=r"line 2: .*\(horizon_days, ride.max_ride_s\).* add a new \[\[version"):
        save(operation, changed)
    assert save(operation, rules_of(), replace(changed, version="2026-04", valid_from=local("00:00").date())) == (
        "2026-04",
    )


def test_the_database_itself_refuses_to_change_rules_in_use(operation: Operation, tiny: Network) -> None:
    with operation.database.engine.begin() as connection:
        connection.execute(text("update rule_version set loaded_at = now()"))
    book(operation, tiny)
    for statement in ("update rule_version set sha256 = 'x'", "delete from rule_version"):
        with pytest.raises(IntegrityError), operation.database.engine.begin() as connection:
            connection.execute(text(statement))


def test_a_new_kind_of_rule_that_is_left_out_leaves_the_digest_as_it_was() -> None:
    plain, explicit = rules_of(), rules_of(add="\n[version.phone]\nneeds_desk = false\n")
    assert rules_content(plain) == rules_content(explicit)
    assert "orders" not in rules_content(plain)


@pytest.mark.parametrize("names", [('["bike", "dog"]', '["dog", "bike"]')])
def test_the_digest_does_not_depend_on_the_order_of_a_set(names: tuple[str, str]) -> None:
    digests = {rules_digest(rules_content(rules_of(add=f"\n[version.phone]\nonly = {text}\n"))) for text in names}
    assert len(digests) == 1


def test_bookings_older_than_the_table_keep_the_name_of_their_rules(
    operation: Operation, tiny: Network, database: Database, clock: FakeClock
) -> None:
    book(operation, tiny)
    for step, revision in ((command.downgrade, "9af4f13808ab"), (command.upgrade, "head")):
        with database.engine.begin() as connection:
            step(alembic_config(connection), revision)
            if step is command.downgrade:
                assert "rule_version" not in inspect(connection).get_table_names()
    with database.sessions() as session:
        row = session.scalars(select(RuleVersionRow)).one()
        assert (row.name, row.sha256) == ("2020-01", "")
    assert save(operation, rules_of()) == ("2020-01",), "now it is known"
    assert clock() == local("06:00")
