"""Random days by Hypothesis: it draws the acts and all their chance, and shortens a day that fails.

``RUFNETZ_DAYS=500 RUFNETZ_STEPS=200`` plays long days (``make nightly``). A day of :mod:`tests.booking.random_day` is
replayed by its seed.
"""

import os
from random import Random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from booking.database import Database
from booking.enquiry_search import Network
from tests.booking.random_day import RandomDay, play

DAYS, STEPS = int(os.environ.get("RUFNETZ_DAYS", "5")), int(os.environ.get("RUFNETZ_STEPS", "40"))
SEEDED = int(os.environ.get("RUFNETZ_SEEDED_DAYS", "4"))
CHANCE = st.randoms(use_true_random=False)


class Day(RuleBasedStateMachine):
    """Everybody around the service; after each act everything is looked at."""

    tiny: Network
    database: Database

    @initialize(chance=CHANCE)
    def begin(self, chance: Random) -> None:
        self.said: list[str] = []
        self.day = RandomDay(self.tiny, self.database, chance, self.said.append)

    @rule(chance=CHANCE)
    def act(self, chance: Random) -> None:
        self.day.random = chance
        self.day.step()


@pytest.mark.timeout(14_400)
def test_whatever_happens_in_a_day_every_promise_is_kept_or_taken_back_by_a_decision(
    tiny: Network, database: Database
) -> None:
    machine = type("Day", (Day,), {"tiny": tiny, "database": database})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=DAYS,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=DAYS < 100,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.timeout(14_400)
@pytest.mark.parametrize("seed", range(1000, 1000 + SEEDED))
def test_long_days_by_their_seed(tiny: Network, database: Database, seed: int) -> None:
    day = play(tiny, database, seed, 150, lambda _: None)
    assert sum(day.done.values()) == 150
    assert day.codes, "somebody rides"
