"""Google's own description of the Calendar API, as JSON Schema."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import googleapiclient
import jsonschema_rs

from evals.standins.google_calendar import Exchange

Json = dict[str, Any]


@cache
def discovery() -> Json:
    """The discovery document that comes with Google's own client."""
    folder = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"
    found: Json = json.loads((folder / "calendar.v3.json").read_text())
    return found


@cache
def method(name: str) -> Json:
    """A method by its id, such as `calendar.events.insert`."""
    _, resource, verb = name.split(".")
    found: Json = discovery()["resources"][resource]["methods"][verb]
    return found


@cache
def validator(schema: str) -> Any:
    """Refuses what the schema does not have, fields it does not name included."""
    named = {name: _converted(found) for name, found in discovery()["schemas"].items()}
    whole = {"$ref": f"#/$defs/{schema}", "$defs": named}
    return jsonschema_rs.validator_for(whole, validate_formats=True)


def check(exchange: Exchange) -> None:
    """Hold a served request and its answer against the description."""
    described = method(exchange.method)
    known = described.get("parameters", {})
    assert exchange.path.keys() <= known.keys(), exchange.method
    for name, value in exchange.query.items():
        parameter = known.get(name) or discovery()["parameters"][name]
        _check_parameter(parameter, value)
    if "request" in described:
        # In a patch null takes away; the description has no word for that.
        said = {name: value for name, value in exchange.body.items() if value is not None}
        validator(described["request"]["$ref"]).validate(said)
    else:
        assert exchange.body is None, f"{exchange.method} has no body"
    if "response" in described:
        validator(described["response"]["$ref"]).validate(exchange.answer)
    else:
        assert exchange.answer is None, f"{exchange.method} is answered without a body"


def _check_parameter(parameter: Json, value: str) -> None:
    typed: Any = value
    if parameter["type"] == "boolean":
        typed = {"true": True, "false": False}[value]
    elif parameter["type"] == "integer":
        typed = int(value)
    jsonschema_rs.validator_for(_converted(parameter), validate_formats=True).validate(typed)


_KEPT = ("type", "enum", "minimum", "maximum", "pattern")


def _converted(found: Json) -> Json:
    """Discovery's dialect: numbers are texts, and objects are open only where they say so."""
    if "$ref" in found:
        return {"$ref": f"#/$defs/{found['$ref']}"}
    made: Json = {name: found[name] for name in _KEPT if name in found}
    if made.get("type") == "any":
        del made["type"]
    for limit in ("minimum", "maximum"):
        if limit in made:
            made[limit] = int(made[limit])
    if found.get("format") in ("date", "date-time"):
        made["format"] = found["format"]
    if "items" in found:
        made["items"] = _converted(found["items"])
    if found.get("type") == "object":
        properties = found.get("properties", {})
        made["properties"] = {name: _converted(each) for name, each in properties.items()}
        more = found.get("additionalProperties")
        made["additionalProperties"] = _converted(more) if more else False
    return made
