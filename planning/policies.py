"""Policies to compare by name: each has one part of the service more than the one before."""

from dataclasses import replace
from enum import StrEnum

from booking.enquiry_search import Network
from booking.policy import INSERTION_ONLY, Policy
from booking.second_look import SecondLook
from planning.as_operated import as_operated, asked_by_timetable
from planning.simulate import Simulation

STEPS_ALONE = SecondLook(seconds=None)
"""A simulated day is the same on every computer."""


class PolicyName(StrEnum):
    """How hard the service tries."""

    AS_OPERATED = "as-operated"
    """Zones bound to a timetable, first come first served."""
    INSERTION = "insertion"
    """Any time, each ride where it costs least."""
    IMPROVED = "improved"
    """Runs are planned anew between bookings, too."""
    SECOND_LOOK = "second-look"
    """Before a ride is refused, runs are planned anew for it, too."""
    FULL = "full"
    """Rides at other times are found for riders who can give time, too."""


def simulation_of(name: PolicyName, network: Network, improve_every: int) -> Simulation:
    """A simulated service that tries as hard as the policy says."""
    match name:
        case PolicyName.AS_OPERATED:
            bound = replace(network, district=as_operated(network.district))
            return Simulation(bound, policy=INSERTION_ONLY, asks=asked_by_timetable)
        case PolicyName.INSERTION:
            return Simulation(network, policy=INSERTION_ONLY)
        case PolicyName.IMPROVED:
            return Simulation(network, improve_every, policy=INSERTION_ONLY)
        case PolicyName.SECOND_LOOK:
            return Simulation(network, improve_every, policy=Policy(STEPS_ALONE, shifts_wishes=False))
        case PolicyName.FULL:
            return Simulation(network, improve_every, policy=Policy(STEPS_ALONE))
