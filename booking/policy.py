"""What the service does for a wish beyond putting it in: each part can be left out, to see what it is worth."""

from dataclasses import dataclass, field

from booking.second_look import SecondLook


@dataclass(frozen=True, slots=True)
class Policy:
    """How hard the service tries.

    Parameters
    ----------
    second_look
        Runs are planned anew for a ride that does not fit; None: never.
    shifts_wishes
        Rides at other times are looked for: within what the rider stated as offers, beyond it as alternatives to a
        refusal.
    """

    second_look: SecondLook | None = field(default_factory=SecondLook)
    shifts_wishes: bool = True


FULL = Policy()
INSERTION_ONLY = Policy(second_look=None, shifts_wishes=False)
