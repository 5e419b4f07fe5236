"""The part of the desk that keeps the waiting list."""

from dataclasses import dataclass

from shop.vehicledesk import VehicleDesk


@dataclass(frozen=True, slots=True)
class WaitDesk(VehicleDesk):
    """Who waits for a time that is not free."""
