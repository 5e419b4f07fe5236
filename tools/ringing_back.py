"""A caller who was cut off rings back, and says the same name: what they had said still counts."""

from dataclasses import replace
from typing import Any

from graph.state import CallState, Draft, Unfinished
from shop.words import spoken
from tools import access
from tools.calling import Answer


def going_on(answer: Answer, state: CallState, *, owner: str | None) -> Answer:
    """The answer to a caller's name, with what their earlier call had come to.

    Args:
        answer: What noting the name has led to.
        owner: The handle of a caller who is not on file: the car they had described is noted for
            them again. Of one who is on file the car may be, too, so they are only asked.
    """
    earlier = state.get("unfinished")
    stated = str(answer.update.get("stated_name", ""))
    if earlier is None or earlier["name"].casefold() != stated.casefold():
        return answer
    update: dict[str, Any] = {**answer.update, "unfinished": None}
    data: dict[str, Any] = {"service_type": earlier["service_type"]}
    if earlier["vehicle"] is not None and owner is not None:
        working: CallState = {**state, **answer.update}  # type: ignore[typeddict-item]  # its own keys
        handle = access.new_handle(working, "v")
        car = Draft(kind="vehicle", fields={**earlier["vehicle"], "owner": owner})
        update["drafts"] = {**working.get("drafts", {}), handle: car}
        data["vehicle_id"] = handle
    words = f"We were cut off before: {_wish(earlier)}. Shall we go on with that?"
    told = {**answer.data, "earlier_call": data}
    return replace(answer, message=f"{answer.message} {words}", data=told, update=update)


def _wish(earlier: Unfinished) -> str:
    service = (earlier["service_type"] or "an appointment").replace("_", " ")
    car = earlier["vehicle"]
    if car is None:
        return service
    return f"{service} for your {spoken.vehicle(car['year'], car['make'], car['model'])}"
