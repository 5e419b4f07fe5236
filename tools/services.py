"""What the shop does, when it is open, where it is, and what things usually cost."""

from typing import Annotated, Any

from pydantic import Field

from shop.errors import UnknownService
from shop.profile import hours
from shop.profile.catalog import Service
from shop.words import spoken
from tools.calling import Answer, Arguments, OnCall, Tool


class GetServiceInfo(Arguments, title="get_service_info"):
    """Look up a fact about the shop: 'hours', 'address', 'services', 'payment', 'towing', or a
    service by name for its usual price range and duration. Quote no other price than this gives.
    """

    topic: Annotated[str, Field(description="One of the words above, or a service.")]


async def _info(args: GetServiceInfo, call: OnCall) -> Answer:
    topic = args.topic.casefold()
    for words, answer in _FACTS.items():
        if any(word in topic for word in words):
            return answer(call)
    try:
        return _service(call.shop.catalog.find(args.topic))
    except UnknownService:
        known = _services(call)
        message = f"I have no price for that. {known.message}"
        return Answer(message, known.data, error="unknown_topic")


def _service(service: Service) -> Answer:
    data: dict[str, Any] = {"service_type": service.key, "minutes": service.minutes}
    lasts = f"it takes about {spoken.duration(service.minutes)}"
    if service.price is None:
        return Answer(
            f"There's no set price for {spoken.a(service.name)}; you get a written estimate after"
            f" inspection, and {lasts}.",
            data,
        )
    low, high = service.price
    data["price_range_cents"] = [low, high]
    price = spoken.money_range(low, high)
    name = spoken.a(service.name)
    return Answer(
        f"{name[0].upper()}{name[1:]} is typically {price}, and {lasts}. You get the exact price"
        " in writing after inspection.",
        data,
    )


def _hours(call: OnCall) -> Answer:
    open_now = hours.is_open(call.shop, call.now)
    soon = hours.closed_soon_spoken(call.shop, call.now)
    also = f" We're {soon}." if soon else ""
    return Answer(
        f"We're open {hours.spoken_week(call.shop)}.{also}",
        {"open_now": open_now, "hours": hours.week(call.shop)},
    )


def _address(call: OnCall) -> Answer:
    return Answer(f"We're at {call.shop.address}.", {"address": call.shop.address})


def _services(call: OnCall) -> Answer:
    names = [s.name for s in call.shop.catalog.services if s.mentioned]
    return Answer(f"Our services are {spoken.all_of(names)}.", {"services": names})


def _payment(call: OnCall) -> Answer:
    return Answer(call.shop.payment_note)


def _towing(call: OnCall) -> Answer:
    return Answer(call.shop.towing_note)


_FACTS = {
    ("hour", "open", "close", "when"): _hours,
    ("address", "where", "location", "direction"): _address,
    ("services", "what do you do"): _services,
    ("pay", "card", "cash"): _payment,
    ("tow",): _towing,
}

TOOLS = (Tool(GetServiceInfo, _info, reads_only=True),)
