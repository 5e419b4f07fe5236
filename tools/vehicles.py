"""Which car it is about."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from graph.state import CallState, Draft
from shop import spoken
from shop.desk import CustomerFile
from shop.errors import BadValue
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
    """Find year, make and model of a vehicle identification number."""

    vin: Annotated[str, Field(description="As read out; spaces and spelled letters are fine.")]


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


async def _decode(args: DecodeVin, call: OnCall) -> Answer:
    found = await call.desk.decode_vin(args.vin)
    data = {
        "vin": found.vin,
        "year": found.year,
        "make": found.make,
        "model": found.model,
        "type": found.body,
        "warnings": list(found.warnings),
    }
    if found.make is None or found.year is None:
        return Answer(
            "I couldn't read the car from that VIN. What year, make and model is it?", data
        )
    words = spoken.vehicle(found.year, found.make, found.model or "")
    return Answer(f"That VIN belongs to a {words.strip()}. Is that right?", data)


TOOLS = (Tool(CreateVehicle, _create), Tool(DecodeVin, _decode, reads_only=True))
