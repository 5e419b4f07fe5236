"""Times this call was told of: remembered, held while one is read back, refused with others."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from graph.state import OfferedSlot
from shop.desk import Slot
from shop.errors import BadValue, TimeRefused
from shop.profile.catalog import Service
from shop.schedule.waitlist import holder_of
from shop.words import spoken
from tools.calling import Answer, OnCall


def merged(
    earlier: Sequence[OfferedSlot], slots: Sequence[Slot], *, entry: UUID | None = None
) -> list[OfferedSlot]:
    """Earlier offers with these added; a time stays bookable as long as the call lasts.

    Args:
        entry: The entry of the waiting list for which they are held, instead of for the call.
    """
    offered = {(o["service_type"], o["starts_at"]): o for o in earlier}
    for slot in slots:
        starts_at = slot.starts_at.isoformat()
        told = OfferedSlot(
            service_type=slot.service_key,
            starts_at=starts_at,
            minutes=slot.minutes,
            bay=str(slot.bay),
        )
        if entry is not None:
            told["entry"] = str(entry)
        offered[slot.service_key, starts_at] = told
    return list(offered.values())


def offered(call: OnCall, service: Service, start_time: str) -> Slot:
    """The offered time the model means; a time nobody offered cannot be booked.

    Raises:
        BadValue: It was not offered on this call.
    """
    told = _told(call, service, start_time)
    return Slot(
        service.key, datetime.fromisoformat(told["starts_at"]), told["minutes"], told["bay"]
    )


def holder(call: OnCall, service: Service, start_time: str) -> str | None:
    """For whom an offered time is held, if not for the call itself."""
    entry = _told(call, service, start_time).get("entry")
    return holder_of(UUID(entry)) if entry else None


def instant(start_time: str, call: OnCall) -> datetime:
    """The moment a model wrote down, by the shop's clock if it named no zone.

    Raises:
        BadValue: It is none.
    """
    try:
        moment = datetime.fromisoformat(start_time)
    except ValueError:
        raise BadValue("Which of those times would you like?", field="start_time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=call.shop.zone)


async def keep(slot: Slot, call: OnCall) -> Answer | None:
    """Hold what is read back until the caller has answered; what to say if it has gone meanwhile.

    While another wish is being read back, or this one is agreed to already, what is held is right
    as it is.
    """
    if call.state.get("proposal") is not None:
        return None
    try:
        await call.desk.keep(call.call_sid, slot)
    except TimeRefused as refusal:
        return await taken(refusal, call)
    return None


async def taken(refusal: TimeRefused, call: OnCall) -> Answer:
    """What to say of a time that cannot be had: which others are now held for the caller."""
    held = await call.desk.hold(call.call_sid, refusal.alternatives)
    local = [slot.starts_at.astimezone(call.shop.zone) for slot in held]
    times = [
        {"start_time": moment.isoformat(), "spoken": spoken.moment(moment, call.shop.zone)}
        for moment in local
    ]
    words = spoken.one_of([str(one["spoken"]) for one in times])
    message = f"{refusal} I still have {words}." if times else str(refusal)
    told = merged(call.state.get("offered", []), held)
    return Answer(message, {"slots": times}, error=refusal.code, update={"offered": told})


def _told(call: OnCall, service: Service, start_time: str) -> OfferedSlot:
    wanted = instant(start_time, call)
    for slot in call.state.get("offered", []):
        same = datetime.fromisoformat(slot["starts_at"]) == wanted
        if same and slot["service_type"] == service.key:
            return slot
    raise BadValue("Let me check which times are free first.", field="start_time")
