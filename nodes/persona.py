"""Who Sophie is: the part of every prompt that stays the same for the whole call."""

from functools import cache
from typing import get_args

from graph.context import CallType
from nodes.facts import fenced
from nodes.variants import PROMPTS, Variant
from shop.profile import hours
from shop.profile.shop import Shop, load_shop

CALL_TYPES: tuple[CallType, ...] = get_args(CallType)

_DEFAULTS = {
    "name": "not known",
    "customer_since": "not known",
    "last_service": "none on record",
    "last_service_date": "not known",
    "vehicles": "none on record",
    "upcoming_appointments": "none",
    "customer_name": "the customer",
    "service_type": "service",
    "appointment_time": "the booked time",
    "vehicle": "the vehicle",
}

CustomerContext = dict[str, str]
"""name, customer_since, last_service, last_service_date, vehicles, upcoming_appointments."""

AppointmentContext = dict[str, str]
"""customer_name, service_type, appointment_time, vehicle."""


def greeting(shop: Shop, call_type: CallType = "inbound_general") -> str:
    """Sophie's first sentence: who she is and what she is; on a call of ours also what about."""
    if call_type == "outbound_reminder":
        return (
            f"Hello, this is Sophie, the automated assistant of {shop.name}, calling about an"
            " appointment. Who am I speaking with, please?"
        )
    if call_type == "outbound_followup":
        return (
            f"Hello, this is Sophie, the automated assistant of {shop.name}, with a short"
            " follow-up call. Who am I speaking with, please?"
        )
    return (
        f"Thanks for calling {shop.name}. This is Sophie, the shop's automated assistant."
        " How can I help you today?"
    )


def build_system_prompt(
    call_type: str = "inbound_general",
    customer_context: CustomerContext | None = None,
    appointment_context: AppointmentContext | None = None,
    *,
    shop: Shop | None = None,
    variant: Variant | None = None,
) -> str:
    """The prompt of a call type; an unknown type is treated as a general call.

    Missing context fields get neutral defaults. Context is only ever given for callers who may hear
    it: on an inbound call nothing on file is known before the caller is verified.
    """
    known = call_type if call_type in CALL_TYPES else "inbound_general"
    words = variant.prompts if variant else PROMPTS
    base = _base(shop or _own_shop(), words["persona"])
    opening = words[f"call_{known}"]
    given = {**(customer_context or {}), **(appointment_context or {})}
    if not given:
        return f"{base}\n\n{opening}"
    fields = {key: given.get(key) or default for key, default in _DEFAULTS.items()}
    wanted = _relevant(fields, customer_context, appointment_context)
    lines = "\n".join(f"{key}: {fenced(value)}" for key, value in wanted.items())
    return f"{base}\n\n{opening}\n<on_file>\n{lines}\n</on_file>"


def build_inbound_existing_prompt(customer_info: CustomerContext) -> str:
    """The prompt for a verified customer's call, with what is on file."""
    return build_system_prompt("inbound_existing", customer_info)


def build_outbound_reminder_prompt(
    customer_name: str, service_type: str, appointment_time: str, vehicle: str
) -> str:
    """The prompt for a reminder call to a customer about one appointment."""
    return build_system_prompt(
        "outbound_reminder",
        appointment_context={
            "customer_name": customer_name,
            "service_type": service_type,
            "appointment_time": appointment_time,
            "vehicle": vehicle,
        },
    )


def _relevant(
    fields: dict[str, str],
    customer: CustomerContext | None,
    appointment: AppointmentContext | None,
) -> dict[str, str]:
    keys = list(fields)
    wanted = (keys[:6] if customer else []) + (keys[6:] if appointment else [])
    return {key: fields[key] for key in wanted}


@cache
def _own_shop() -> Shop:
    return load_shop()


def _base(shop: Shop, persona: str) -> str:
    week = hours.spoken_week(shop)
    return persona.format(shop_name=shop.name, address=shop.address, hours=week)


BASE_SYSTEM_PROMPT = _base(_own_shop(), PROMPTS["persona"])
INBOUND_NEW_CUSTOMER_PROMPT = build_system_prompt("inbound_new")
INBOUND_GENERAL_PROMPT = build_system_prompt("inbound_general")
