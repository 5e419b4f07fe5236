"""What the stand-in for NHTSA knows and how it is written on the wire."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict

from evals.standins.script import STRICT

Json = dict[str, Any]
NhtsaFaultKind = Literal[
    "forbidden", "too_many", "broken", "garbage", "html", "half", "slow", "empty", "stall"
]

FIELDS = (
    "BodyClass", "DisplacementL", "Doors", "DriveType", "EngineCylinders", "ErrorCode", "ErrorText",
    "FuelTypePrimary", "GVWR", "Make", "MakeID", "Manufacturer", "Model", "ModelID", "ModelYear",
    "PlantCountry", "Series", "SuggestedVIN", "TransmissionStyle", "Trim", "VIN", "VehicleType",
)  # fmt: skip
CLEAN = "0 - VIN decoded clean. Check Digit (9th position) is correct"
BAD_DIGIT = "1 - Check Digit (9th position) does not calculate properly"
BAD_LENGTH = "6 - Incomplete VIN"
BAD_CHARACTER = "400 - Invalid Characters Present"
NO_DATA = "8 - No detailed data available currently"


@dataclass(frozen=True, slots=True)
class Car:
    """A VIN that is known, with the fields to answer; others are empty."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    vin: str
    make: str
    model: str
    year: int
    more: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recall:
    """A campaign against a model."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    make: str
    model: str
    year: int
    campaign: str
    component: str
    summary: str
    consequence: str = "A crash may result."
    remedy: str = "Dealers will repair it, free of charge."
    park_it: bool = False
    park_outside: bool = False
    over_the_air: bool = False
    received: str = "27/06/2019"


@dataclass(frozen=True, slots=True)
class NhtsaFault:
    """One way for a request to go wrong.

    "slow" waits `for_ms`, "stall" for ever; "half" breaks off in the middle of the right answer,
    "garbage" is JSON that breaks off, "html" a page with status 200, "empty" an answer without
    values, or a list that is shorter than it says.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    kind: NhtsaFaultKind
    for_ms: int = 1000


# VINs whose check digits are right, from public examples.
CARS = (
    Car(
        "1HGCM82633A004352", "HONDA", "Accord", 2003,
        {"Trim": "EX-V6", "BodyClass": "Coupe", "FuelTypePrimary": "Gasoline"},
    ),
    Car("1HGBH41JXMN109186", "HONDA", "Civic", 1991, {"BodyClass": "Sedan/Saloon"}),
    Car("1M8GDM9AXKP042788", "MOTOR COACH INDUSTRIES", "102A3", 1989, {"BodyClass": "Bus"}),
)  # fmt: skip
RECALLS = (
    Recall(
        "HONDA", "ACCORD", 2003, "19V501000", "AIR BAGS:FRONTAL:PASSENGER SIDE:INFLATOR MODULE",
        "The passenger frontal air bag inflator may explode when it deploys.",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NhtsaScript:
    """What is known, and what goes wrong with the first request, the second, and so on.

    Attributes:
        dialect: How recalls are written: "today" as the service does now; "other" with the keys,
            dates and flags that were seen in other places and at other times.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    cars: tuple[Car, ...] = CARS
    recalls: tuple[Recall, ...] = RECALLS
    faults: tuple[NhtsaFault | None, ...] = ()
    dialect: Literal["today", "other"] = "today"


def decoded(car: Car | None, vin: str) -> Json:
    """vPIC's flat answer for a VIN: every field is there, and most are empty."""
    errors = vin_errors(vin)
    values = blank(vin)
    if car is not None:
        year = str(car.year)
        values |= {"Make": car.make, "Model": car.model, "ModelYear": year} | car.more
    elif not errors:
        errors = [NO_DATA]
    values["ErrorCode"] = ",".join(error.partition(" ")[0] for error in errors) or "0"
    values["ErrorText"] = "; ".join(errors) or CLEAN
    return values


def blank(vin: str) -> Json:
    """An answer in which nothing is known."""
    return dict.fromkeys(FIELDS, "") | {"VIN": vin}


def listed(recalls: Sequence[Recall], dialect: str, *, count: int) -> Json:
    """The answer to a question for recalls."""
    rows = [_campaign(recall) for recall in recalls]
    message = "Results returned successfully"
    if dialect == "other":
        return {"count": count, "message": message, "Results": [_otherwise(row) for row in rows]}
    return {"Count": count, "Message": message, "results": rows}


def _campaign(recall: Recall) -> Json:
    return {
        "Manufacturer": recall.make,
        "NHTSACampaignNumber": recall.campaign,
        "parkIt": recall.park_it,
        "parkOutSide": recall.park_outside,
        "overTheAirUpdate": recall.over_the_air,
        "ReportReceivedDate": recall.received,
        "Component": recall.component,
        "Summary": recall.summary,
        "Consequence": recall.consequence,
        "Remedy": recall.remedy,
        "Notes": "",
        "ModelYear": str(recall.year),
        "Make": recall.make,
        "Model": recall.model,
    }


def _otherwise(row: Json) -> Json:
    day = datetime.strptime(row["ReportReceivedDate"], "%d/%m/%Y").date()  # noqa: DTZ007 - a day has no zone
    row = row | {"ReportReceivedDate": day.isoformat(), "Notes": None}
    return {
        "parkOutside" if key == "parkOutSide" else key: ("No", "Yes")[value]
        if isinstance(value, bool)
        else value
        for key, value in row.items()
    }


# Check digit: 49 CFR 565.15, tables IV and V.
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_VALUES = {
    sign: int(value) for sign, value in zip(_LETTERS, "12345678123457923456789", strict=True)
}
_VALUES |= {str(value): value for value in range(10)}
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def vin_errors(vin: str) -> list[str]:
    """What vPIC says is wrong with a VIN: its numbered sentences."""
    errors = []
    if re.search(r"[^A-HJ-NPR-Z0-9]", vin):
        errors.append(BAD_CHARACTER)
    if len(vin) != len(_WEIGHTS):
        errors.append(BAD_LENGTH)
    if not errors and _digit(vin) != vin[8]:
        errors.append(BAD_DIGIT)
    return errors


def _digit(vin: str) -> str:
    rest = sum(_VALUES[sign] * weight for sign, weight in zip(vin, _WEIGHTS, strict=True)) % 11
    return "X" if rest == 10 else str(rest)
