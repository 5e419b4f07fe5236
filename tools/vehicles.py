"""Which car it is about."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from pydantic import Field

from graph.state import CallState, Draft
from shop.cars import recallwords
from shop.cars import vin as vins
from shop.cars.nhtsa import VinDecoding
from shop.desk import CustomerFile
from shop.errors import BadValue
from shop.words import spoken
from shop.words.numerals import plain
from tools import access
from tools.calling import Answer, Arguments, OnCall, Tool


class CreateVehicle(Arguments, title="create_vehicle"):
    """Note the car a caller describes, for a booking. It gives the vehicle_id that booking needs.
    Ask for year, make and model only; the rest is welcome if offered.
    """

    customer_id: Annotated[str, Field(description="From create_customer, such as c1.")]
    year: Annotated[int, Field(ge=1900, le=2100)]
    make: Annotated[str, Field(min_length=1, max_length=40)]
    model: Annotated[str, Field(min_length=1, max_length=40)]
    color: Annotated[str | None, Field(max_length=30)] = None
    license_plate: Annotated[str | None, Field(max_length=12)] = None
    vin: Annotated[str | None, Field(description="17 characters, after decode_vin.")] = None


class DecodeVin(Arguments, title="decode_vin"):
    """Find year, make and model of a vehicle identification number. Ask the caller what the message
    asks; if they correct a character, call it again with the corrected number.
    """

    vin: Annotated[str, Field(description="As read out; spaces and spelled letters are fine.")]
    confirmed: Annotated[
        bool, Field(description="The caller has agreed to the characters that were in doubt.")
    ] = False


class CheckRecalls(Arguments, title="check_recalls"):
    """Look up the safety recalls of a model. Say the message as it is, a warning in it first; it is
    about the model, never about the caller's own car, and recalls are mended by dealers only.
    """

    make: Annotated[str, Field(min_length=1, max_length=40)]
    model: Annotated[str, Field(min_length=1, max_length=40)]
    year: Annotated[int, Field(ge=1900, le=2100)]


async def _create(args: CreateVehicle, call: OnCall) -> Answer:
    owner = access.customer(call.state, args.customer_id)
    if not 1950 <= args.year <= call.now.year + 1:
        raise BadValue("What year is the car?", field="year")
    said = {"year": args.year, "make": args.make, "model": args.model}
    words = spoken.vehicle(args.year, args.make, args.model)
    if isinstance(owner, UUID):
        on_file = _same_car(await call.desk.file(owner), args)
        if on_file is not None:
            handle = access.handle_of(call.state, on_file, "v")
            handles = {**call.state.get("handles", {}), handle: str(on_file)}
            return _noted(handle, words, said, {"handles": handles})
    handle = _draft_handle(call.state, args)
    fields = {
        **said,
        "color": args.color,
        "license_plate": args.license_plate,
        "vin": args.vin,
        "owner": args.customer_id,
    }
    drafts = {**call.state.get("drafts", {}), handle: Draft(kind="vehicle", fields=fields)}
    return _noted(handle, words, said, {"drafts": drafts})


def _noted(handle: str, words: str, said: dict[str, object], update: dict[str, object]) -> Answer:
    return Answer(f"A {words}, got it.", {"vehicle_id": handle, **said}, update=update)


def _same_car(file: CustomerFile, args: CreateVehicle) -> UUID | None:
    """The car on file that the caller described, if it can only be that one."""
    described = (args.year, args.make.casefold(), args.model.casefold())
    same = [
        v for v in file.vehicles if (v.year, v.make.casefold(), v.model.casefold()) == described
    ]
    if args.color and len(same) > 1:
        same = [v for v in same if (v.color or "").casefold() == args.color.casefold()]
    return same[0].id if len(same) == 1 else None


def _draft_handle(state: CallState, args: CreateVehicle) -> str:
    """The same car described again corrects its draft; another make or model is another car."""
    for handle, draft in state.get("drafts", {}).items():
        fields = draft["fields"]
        same_owner = draft["kind"] == "vehicle" and fields["owner"] == args.customer_id
        if same_owner and (fields["make"], fields["model"]) == (args.make, args.model):
            return handle
    return access.new_handle(state, "v")


_UNSEEN = frozenset((4, 5, 6, 7, 8, 11, 12, 13))
"""The places that a yes to maker, model and year does not confirm."""

_MOST_ASKED = 3
_MOST_LISTED = 10


async def _decode(args: DecodeVin, call: OnCall) -> Answer:
    access.looked_up(call.state, "decode_vin")
    found = await call.desk.decode_vin(args.vin)
    doubts = () if args.confirmed else vins.confusions(found.vin)
    data = {
        "vin": found.vin,
        "year": found.year,
        "make": found.make,
        "model": found.model,
        "type": found.body,
        "warnings": list(found.warnings),
        "doubts": [asdict(doubt) for doubt in doubts],
    }
    return Answer(_belongs(found, [d for d in doubts if d.place in _UNSEEN]), data)


def _belongs(found: VinDecoding, doubts: Sequence[vins.Doubt]) -> str:
    if found.make is None:
        return "I couldn't read the car from that VIN. What year, make and model is it?"
    if found.source == "number":
        return _from_number(found.make, found.year)
    if found.year is None or found.model is None:
        asked = "What model is it?" if found.year else "What year and model is it?"
        return f"That VIN belongs to {_car(found)}. {asked}"
    told = f"That VIN belongs to {_car(found)}. Is that right?"
    if not doubts:
        return told
    question = vins.question(doubts[:_MOST_ASKED])
    return f"{told} And {question[0].lower()}{question[1:]}"


def _car(found: VinDecoding) -> str:
    name = f"{found.make or ''} {found.model or ''}".strip()
    return spoken.a(spoken.vehicle(found.year, name, "") if found.year else name)


def _from_number(maker: str, year: int | None) -> str:
    told = f"I can't look that VIN up just now. Going by the number alone it is from {maker}"
    if year is None:
        return f"{told}. What year and model is it?"
    return (
        f"{told}, model year {spoken.vehicle(year, '', '')}. Is that right, and what model is it?"
    )


async def _recalls(args: CheckRecalls, call: OnCall) -> Answer:
    access.looked_up(call.state, "check_recalls")
    found = await call.desk.recalls(args.make, args.model, args.year)
    as_of = found.fetched_at.astimezone(call.shop.zone).date() if found.outdated else None
    data = {
        "campaigns": len(found.campaigns),
        "do_not_drive": any(one.park_it for one in found.campaigns),
        "park_outside": any(one.park_outside for one in found.campaigns),
        "components": recallwords.components(found.campaigns)[:_MOST_LISTED],
    }
    words = recallwords.words(found.campaigns, as_of=as_of)
    return Answer(words, data, update=_must_stand(args, call) if data["do_not_drive"] else {})


def _must_stand(args: CheckRecalls, call: OnCall) -> dict[str, object]:
    """A car that must not be driven is not booked to be driven in."""
    name = plain(f"{args.make} {args.model}")
    cars = dict.fromkeys([*call.state.get("unsafe_cars", []), name])
    return {"unsafe": True, "unsafe_cars": list(cars)}


TOOLS = (
    Tool(CreateVehicle, _create),
    Tool(DecodeVin, _decode, reads_only=True, lasting=True),
    Tool(CheckRecalls, _recalls, reads_only=True, lasting=True),
)
