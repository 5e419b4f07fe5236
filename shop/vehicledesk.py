"""The part of the desk that finds out about cars."""

from dataclasses import dataclass, replace

from shop import vin as vins
from shop.customerdesk import CustomerDesk
from shop.nhtsa import VinDecoding, Vpic


@dataclass(frozen=True, slots=True)
class VehicleDesk(CustomerDesk):
    """What is known of any car, whoever owns it."""

    vpic: Vpic

    async def decode_vin(self, text: str) -> VinDecoding:
        """What car a VIN belongs to; BadValue says which rule a wrong one breaks."""
        checked = vins.check(vins.clean(text))
        found = await self.vpic.decode(checked.vin)
        return replace(found, warnings=(*checked.warnings, *found.warnings))
