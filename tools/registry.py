"""Every tool there is, and its schema as the model reads it."""

from typing import Any

from tools import (
    appointments,
    booking,
    comefree,
    confirming,
    customers,
    people,
    proving,
    services,
    slots,
    vehicles,
    waiting,
)
from tools.calling import Tool

TOOLS: dict[str, Tool] = {
    tool.name: tool
    for module in (
        customers,
        proving,
        vehicles,
        slots,
        booking,
        appointments,
        confirming,
        waiting,
        comefree,
        services,
        people,
    )
    for tool in module.TOOLS
}

TOOL_SCHEMAS: list[dict[str, Any]] = [tool.schema for tool in TOOLS.values()]


def get_all_tool_names() -> list[str]:
    """The names of all tools, in the order the model reads them."""
    return list(TOOLS)


def get_tool_schema_by_name(name: str) -> dict[str, Any] | None:
    """One tool's schema in OpenAI's function-calling format; None if there is no such tool."""
    tool = TOOLS.get(name)
    return tool.schema if tool else None
