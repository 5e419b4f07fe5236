"""Free times: read from the schedule, remembered as offered, said in words."""

from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from graph.state import Looked
from graph.tentative import NotKept, tentative
from shop.desk import DaySlots, Slot
from shop.schedule.availability import why_closed
from shop.words import spoken
from tools import access, offers
from tools.calling import Answer, Arguments, OnCall, Tool
from tools.search import Search, search

OFFERS = 3
"""Two or three concrete times are offered, never an open list."""


class GetAvailableSlots(Arguments, title="get_available_slots"):
    """Find free times: gives three near the wish, and says if there are more. For others, ask again
    with "later", "earlier", "the earliest", "after three". Offer the caller only times this gave on
    this call.
    """

    date: Annotated[
        str,
        Field(
            description="YYYY-MM-DD, or the caller's own words for day and time ('next Tuesday at"
            " ten', 'the 3rd', 'Friday before noon', 'later'): words are resolved exactly."
        ),
    ]
    service_type: Annotated[str | None, Field(description="What the car needs.")] = None
    vehicle_id: Annotated[
        str | None,
        Field(description="For a booking, once the car is known: it can't be in two bays."),
    ] = None


async def _slots(args: GetAvailableSlots, call: OnCall) -> Answer:
    service = call.shop.catalog.find(args.service_type or "general_maintenance")
    asked = {"date": args.date, "service": service.key, "car": _text(_car(args, call))}
    if (known := _known(asked, call)) is not None:
        return known
    wish = search(args.date, call.state.get("looked"), now=call.now)
    found = await _free(service.key, wish, _car(args, call), call)
    return _remembered(asked, wish, found, _answer(found, wish, call), call)


def _car(args: GetAvailableSlots, call: OnCall) -> UUID | None:
    """The car that is to be booked. One that is moved is not in its own way."""
    if call.state.get("topic") == "modify":
        return None
    if args.vehicle_id:
        meant = access.vehicle(call.state, args.vehicle_id)
        return meant if isinstance(meant, UUID) else None
    handles = call.state.get("handles", {})
    known = [record for handle, record in handles.items() if handle.startswith("v")]
    drafts = [d for d in call.state.get("drafts", {}).values() if d["kind"] == "vehicle"]
    return UUID(known[0]) if len(known) == 1 and not drafts else None


def _text(car: UUID | None) -> str:
    return str(car) if car else ""


async def _free(service_key: str, wish: Search, car: UUID | None, call: OnCall) -> DaySlots:
    found = await _offer(service_key, wish, car, call)
    if found.slots:
        return found
    if wish.step == "earlier":
        days = await call.desk.days_with_room(
            call.call_sid, service_key, call.now.date(), wish.day - timedelta(days=1), car=car
        )
        return DaySlots(found.day, found.service, found.open, None, (), days, met=False)
    if not wish.named and found.other_days:
        another = Search(found.other_days[0], wish.within, wish.near, wish.wished)
        return await _offer(service_key, another, car, call)
    return found


async def _offer(service_key: str, wish: Search, car: UUID | None, call: OnCall) -> DaySlots:
    look = partial(_look, service_key, wish, car, call)
    turn = tentative()
    if turn is not None:
        seen = await look(held=False)
        if not turn.real.is_set():
            turn.pledges.append(partial(_hold, seen.slots, call))
            return seen
    return await look(held=True)


async def _look(
    service_key: str, wish: Search, car: UUID | None, call: OnCall, *, held: bool
) -> DaySlots:
    desk, sid = call.desk, call.call_sid
    near, within = wish.near, wish.within
    if held:
        return await desk.offer(
            sid, service_key, wish.day, near=near, limit=OFFERS, within=within, car=car
        )
    return await desk.free_slots(
        service_key, wish.day, near=near, limit=OFFERS, within=within, car=car, call_sid=sid
    )


async def _hold(slots: tuple[Slot, ...], call: OnCall) -> None:
    if await call.desk.hold(call.call_sid, slots) != slots:
        raise NotKept


def _known(asked: dict[str, Any], call: OnCall) -> Answer | None:
    """The answer to the same question, while its times are still held for the call.

    It takes no look at the schedule. A day that has been closed since has to be looked at again.
    """
    last = call.state.get("looked")
    if last is None or last["answer"] is None or last["asked"] != asked:
        return None
    service = call.shop.catalog.find(asked["service"])
    day = datetime.fromisoformat(last["date"]).date()
    closed = why_closed(call.shop, service, day, now=call.now)
    if closed or call.now > datetime.fromisoformat(last["good_until"]):
        return None
    return Answer(last["answer"]["message"], last["answer"]["data"])


def _remembered(
    asked: dict[str, Any], wish: Search, found: DaySlots, answer: Answer, call: OnCall
) -> Answer:
    starts = [slot.starts_at.astimezone(call.shop.zone).isoformat() for slot in found.slots]
    within = wish.within
    # Half of the hold is left for the caller to choose in.
    good_until = call.now + timedelta(minutes=call.shop.hold_minutes) / 2
    looked = Looked(
        asked=asked,
        date=found.day.isoformat(),
        starts=starts or _earlier_starts(wish, call),
        since=within.since.isoformat() if within.since and not within.only else None,
        until=within.until.isoformat() if within.until and not within.only else None,
        answer={"message": answer.message, "data": answer.data} if starts else None,
        good_until=good_until.isoformat(),
    )
    return Answer(answer.message, answer.data, update={**answer.update, "looked": looked})


def _earlier_starts(wish: Search, call: OnCall) -> list[str]:
    """What a step started from still stands where it led nowhere."""
    last = call.state.get("looked")
    return last["starts"] if last is not None and wish.step else []


def _answer(found: DaySlots, wish: Search, call: OnCall) -> Answer:
    if not found.slots:
        return _none(found, wish)
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
        "more": found.more,
    }
    if wish.wished is not None:
        data["wished_time_free"] = any(moment.time() == wish.wished for moment in local)
    elif not found.met:
        data["wished_part_free"] = False
    update = {"offered": offers.merged(call.state.get("offered", []), found.slots)}
    return Answer(_in_words(found, wish, times), data, update=update)


def _in_words(found: DaySlots, wish: Search, times: list[str]) -> str:
    day, order = spoken.day(found.day), wish.within.order
    if not found.met:
        return f"On {day} I have nothing then. The nearest I have: {spoken.one_of(times)}."
    some = f"{'for instance ' if found.more else ''}{spoken.one_of(times)}"
    if wish.step:
        return f"{wish.step.capitalize()} on {day} I have {some}."
    if order == "first":
        others = f", then {spoken.one_of(times[1:])}" if times[1:] else ""
        return f"On {day} the earliest I have is {times[0]}{others}."
    if order == "last":
        others = f", before that {spoken.one_of(times[:-1])}" if times[:-1] else ""
        return f"On {day} the latest I have is {times[-1]}{others}."
    return f"On {day} I have {some}."


def _none(found: DaySlots, wish: Search) -> Answer:
    day = spoken.day(found.day)
    others = [{"date": d.isoformat(), "spoken": spoken.day(d)} for d in found.other_days]
    names = [str(other["spoken"]) for other in others]
    ask = f" I could do {spoken.one_of(names)}. Which suits you?" if names else ""
    why = found.reason or ("fully booked" if found.met else f"nothing {wish.step or 'then'}")
    told = f"On {day} we're {why}." if found.met else f"On {day} I have {why}."
    none = {"date": found.day.isoformat(), "slots": [], "reason": why, "other_days": others}
    return Answer(f"{told}{ask}", none)


TOOLS = (Tool(GetAvailableSlots, _slots, pledges=True),)
