"""What a call that was cut off had come to, for the caller who rings back."""

from typing import Any

from graph.state import CallState, Unfinished


def unfinished(state: CallState) -> Unfinished | None:
    """What a caller had said of themselves and wanted; None where it is too little to go on with.

    A caller of whom something on file was told is not offered anything: the next one at the number
    would have to prove first who they are.
    """
    name = state.get("stated_name")
    if not name or state.get("deeds") or state.get("unsafe") or state.get("access") == "verified":
        return None
    looked, offered = state.get("looked"), state.get("offered", [])
    service = looked["asked"].get("service_type") if looked else None
    if service is None and offered:
        service = offered[-1]["service_type"]
    drafts = state.get("drafts", {}).values()
    cars = [draft["fields"] for draft in drafts if draft["kind"] == "vehicle"]
    if service is None and not cars:
        return None
    return Unfinished(name=name, service_type=service, vehicle=_described(cars))


def _described(cars: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The car last described, without whose it is: that is known once there is a name again."""
    if not cars:
        return None
    return {key: value for key, value in cars[-1].items() if key != "owner"}
