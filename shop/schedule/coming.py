"""How a customer comes to an appointment, and gets about while the car is in the shop."""

from dataclasses import dataclass
from typing import Literal

Visit = Literal["wait", "drop_off", "early_bird", "key_drop"]
"""They wait for the car, bring it, or leave it before opening or with its key after closing."""

Ride = Literal["loaner", "shuttle"]
"""What they would like to get about with: asked for, never promised."""


@dataclass(frozen=True, slots=True)
class Coming:
    """What a customer said of it; None where nothing was said."""

    visit: Visit | None = None
    ride: Ride | None = None

    def is_noted(self, visit: Visit | None, ride: Ride | None) -> bool:
        """Whether all that was said is noted already."""
        return self.visit in (None, visit) and self.ride in (None, ride)


NOT_SAID = Coming()
