"""Free times: read from the schedule, remembered as offered, said in words."""

from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Annotated, Any

from pydantic import Field

from graph.state import OfferedSlot
from graph.tentative import NotKept, tentative
from shop.desk import DaySlots, Slot
from shop.errors import BadValue, TimeRefused
from shop.profile.catalog import Service
from shop.words import dates, spoken
from tools.calling import Answer, Arguments, OnCall, Tool

OFFERS = 3
"""Two or three concrete times are offered, never an open list."""


class GetAvailableSlots(Arguments, title="get_available_slots"):
    """Find free times on a day. Offer the caller only times this gave on this call."""

    date: Annotated[
        str,
        Field(
            description="YYYY-MM-DD, or the caller's own words for day and time ('next Tuesday at"
            " ten', 'the 3rd'): words are resolved exactly."
        ),
    ]
    service_type: Annotated[str | None, Field(description="What the car needs.")] = None


async def _slots(args: GetAvailableSlots, call: OnCall) -> Answer:
    service = call.shop.catalog.find(args.service_type or "general_maintenance")
    try:
        when = dates.resolve(args.date, now=call.now)
    except ValueError as error:
        raise BadValue(str(error), field="date") from error
    day = when.day or (call.now + timedelta(days=1)).date()
    near = when.time or _middle_of(when.part)
    found = await _free(service.key, day, near, call)
    if not found.slots and when.day is None and found.other_days:
        found = await _free(service.key, found.other_days[0], near, call)
    return _answer(found, call, wished=when.time)


async def _free(service_key: str, day: date, near: time | None, call: OnCall) -> DaySlots:
    turn = tentative()
    if turn is not None:
        seen = await call.desk.free_slots(
            service_key, day, near=near, limit=OFFERS, call_sid=call.call_sid
        )
        if not turn.real.is_set():
            turn.pledges.append(partial(_hold, seen.slots, call))
            return seen
    return await call.desk.offer(call.call_sid, service_key, day, near=near, limit=OFFERS)


async def _hold(slots: tuple[Slot, ...], call: OnCall) -> None:
    if await call.desk.hold(call.call_sid, slots) != slots:
        raise NotKept


def _middle_of(part: str | None) -> time | None:
    hours = {"morning": 9, "afternoon": 14, "evening": 17}
    return time(hours[part]) if part else None


def _answer(found: DaySlots, call: OnCall, *, wished: time | None) -> Answer:
    day = spoken.day(found.day)
    others = [{"date": d.isoformat(), "spoken": spoken.day(d)} for d in found.other_days]
    if not found.slots:
        why = found.reason or "fully booked"
        names = [str(o["spoken"]) for o in others]
        ask = f" I could do {spoken.one_of(names)}. Which suits you?" if names else ""
        none = {"date": found.day.isoformat(), "slots": [], "reason": why, "other_days": others}
        return Answer(f"On {day} we're {why}.{ask}", none)
    # In the order of the clock: a caller who says "the first one" means the first that was said.
    local = sorted(slot.starts_at.astimezone(call.shop.zone) for slot in found.slots)
    times = [spoken.time(moment) for moment in local]
    data: dict[str, Any] = {
        "date": found.day.isoformat(),
        "weekday": f"{found.day:%A}",
        "service_type": found.service.key,
        "slots": [
            {"start_time": moment.isoformat(), "spoken": words}
            for moment, words in zip(local, times, strict=True)
        ],
    }
    exact = wished is not None and any(moment.time() == wished for moment in local)
    if wished is not None:
        data["wished_time_free"] = exact
    message = f"On {day} I have {spoken.one_of(times)}."
    return Answer(message, data, update={"offered": merged(call, found.slots)})


def merged(call: OnCall, slots: tuple[Slot, ...]) -> list[OfferedSlot]:
    """Earlier offers with these added; a time stays bookable as long as the call lasts."""
    offered = {(o["service_type"], o["starts_at"]): o for o in call.state.get("offered", [])}
    for slot in slots:
        starts_at = slot.starts_at.isoformat()
        offered[slot.service_key, starts_at] = OfferedSlot(
            service_type=slot.service_key,
            starts_at=starts_at,
            minutes=slot.minutes,
            bay=str(slot.bay),
        )
    return list(offered.values())


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


def offered(call: OnCall, service: Service, start_time: str) -> Slot:
    """The offered time the model means; a time nobody offered cannot be booked."""
    wanted = _instant(start_time, call)
    for slot in call.state.get("offered", []):
        starts_at = datetime.fromisoformat(slot["starts_at"])
        if slot["service_type"] == service.key and starts_at == wanted:
            return Slot(service.key, starts_at, slot["minutes"], slot["bay"])
    raise BadValue("Let me check which times are free first.", field="start_time")


def _instant(start_time: str, call: OnCall) -> datetime:
    try:
        moment = datetime.fromisoformat(start_time)
    except ValueError:
        raise BadValue("Which of those times would you like?", field="start_time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=call.shop.zone)


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
    return Answer(
        message, {"slots": times}, error=refusal.code, update={"offered": merged(call, held)}
    )


TOOLS = (Tool(GetAvailableSlots, _slots, pledges=True),)
