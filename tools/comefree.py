"""A time that came free for somebody on the waiting list, who rings about it."""

from typing import Any

from graph.state import OfferedSlot
from shop.desk import Slot
from shop.errors import BadValue, NotAllowed
from shop.schedule.waitrows import Entry
from shop.words import spoken
from tools import offers, telling
from tools.calling import Answer, Arguments, OnCall, Tool


class GetWaitlistOffer(Arguments, title="get_waitlist_offer"):
    """Look up the time that came free and is held for the number that is calling, when the caller
    says that we rang them about one. Note their name with create_customer first. They book it with
    book_appointment, or decline it.
    """


_NOTHING = "I don't see a time on hold for this number."
"""The same whether nobody waits under the number, or somebody of another name does."""


async def _offer(args: GetWaitlistOffer, call: OnCall) -> Answer:
    number = telling.number(None, call)
    name = call.state.get("stated_name")
    if not name:
        raise BadValue("May I have your first and last name?", field="name")
    found = [entry for entry in await call.desk.offers(number) if _is_theirs(entry, name)]
    if not found:
        raise NotAllowed(_NOTHING)
    await call.desk.disclosed(
        call_sid=call.call_sid,
        entity="waitlist",
        records=[entry.id for entry in found],
        what=("service_type", "offer_starts_at"),
    )
    return _told(found, call)


def _is_theirs(entry: Entry, name: str) -> bool:
    """A number alone is no proof. Who gave no name when they joined is known by their number."""
    return entry.name is None or entry.name.casefold() == name.casefold()


def _told(found: list[Entry], call: OnCall) -> Answer:
    times: list[dict[str, Any]] = []
    offered: list[OfferedSlot] = call.state.get("offered", [])
    words = []
    for entry in found:
        service = call.shop.catalog.find(entry.service_type)
        assert entry.offer_starts_at is not None, "only what is offered is found"
        local = entry.offer_starts_at.astimezone(call.shop.zone)
        when = spoken.moment(local, call.shop.zone)
        slot = Slot(service.key, entry.offer_starts_at, service.minutes, bay="")
        offered = offers.merged(offered, [slot], entry=entry.id)
        times.append({"service_type": service.key, "start_time": local.isoformat(), "spoken": when})
        words.append(f"{spoken.a(service.name)} on {when}")
    message = f"A time has come free for {spoken.all_of(words)}."
    return Answer(message, {"slots": times}, update={"offered": offered})


TOOLS = (Tool(GetWaitlistOffer, _offer),)
