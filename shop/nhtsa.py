"""The public registry of vehicles, https://vpic.nhtsa.dot.gov/api/."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from shop.errors import VehicleDataUnavailable

_UNREACHABLE = "I can't look up VINs just now. What year, make and model is it?"
_MEANINGS = {
    "1": "the check digit does not fit",
    "2": "the registry corrected one character",
    "3": "the registry corrected several characters",
    "4": "the registry suggests another VIN",
    "5": "several characters are in doubt",
    "6": "the VIN is not complete",
    "7": "the maker is not registered in the United States",
    "8": "the registry has no details of it",
    "11": "the model year does not fit",
    "12": "the model year is in doubt",
    "14": "some characters mean nothing to the registry",
    "400": "it has characters that no VIN has",
}
_CAPITALS = {"BMW", "GMC", "MG", "VPG"}


@dataclass(frozen=True, slots=True)
class VinDecoding:
    """What the registry knows of a VIN; None where it says nothing."""

    vin: str
    year: int | None
    make: str | None
    model: str | None
    trim: str | None
    body: str | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Vpic:
    """Asks the registry. The client is the caller's to open and close.

    Attributes:
        total_s: How long a caller is kept waiting at most, in seconds.
    """

    base_url: str
    client: httpx.AsyncClient
    total_s: float = 5.0

    async def decode(self, vin: str) -> VinDecoding:
        """Decode a VIN. A wrong one is not an error here: it decodes to little, with warnings.

        Raises:
            VehicleDataUnavailable: No proper answer within `total_s`.
        """
        url = f"{self.base_url.rstrip('/')}/api/vehicles/DecodeVinValues/{vin}"
        try:
            async with asyncio.timeout(self.total_s):
                answer = await self.client.get(url, params={"format": "json"})
                answer.raise_for_status()
        except (TimeoutError, httpx.HTTPError, httpx.InvalidURL) as error:
            raise VehicleDataUnavailable(_UNREACHABLE) from error
        return _decoding(vin, _values(answer.content))


def _values(body: bytes) -> Mapping[str, Any]:
    try:
        answer = json.loads(body)
        # Both spellings are seen.
        found = answer["Results"] if "Results" in answer else answer["results"]
        values = found[0]
    except (ValueError, TypeError, LookupError) as error:
        raise VehicleDataUnavailable(_UNREACHABLE) from error
    if not isinstance(values, dict):
        raise VehicleDataUnavailable(_UNREACHABLE)
    return values


def _decoding(vin: str, values: Mapping[str, Any]) -> VinDecoding:
    year = _text(values, "ModelYear")
    make = _text(values, "Make")
    return VinDecoding(
        vin=vin,
        year=int(year) if year and year.isdecimal() else None,
        make=make if make is None or make in _CAPITALS else make.title(),
        model=_text(values, "Model"),
        trim=_text(values, "Trim"),
        body=_text(values, "BodyClass"),
        warnings=_warnings(values),
    )


def _text(values: Mapping[str, Any], key: str) -> str | None:
    """Absent values come as empty strings; some are padded."""
    value = values.get(key)
    return str(value).strip() or None if value is not None else None


def _warnings(values: Mapping[str, Any]) -> tuple[str, ...]:
    codes = [code.strip() for code in (_text(values, "ErrorCode") or "0").split(",")]
    return tuple(
        _MEANINGS.get(code, f"the registry reports code {code[:5]}")
        for code in codes
        if code != "0"
    )
