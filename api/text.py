"""The same conversation as text: calls over HTTP, replies as server-sent events."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from typing import Annotated, Any
from uuid import UUID, uuid4

import orjson
from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, field_validator
from starlette.types import Send

from api.call import Call
from api.calls import Calls, CallsFull
from api.guard import local_or_token
from api.outcomes import intent, transcript
from graph.context import CallContext, CallType
from graph.models.usage import by_model, cost
from graph.speech import AgentEvent, Failed, Finished, ToolEnded, ToolStarted, Words
from nodes.variants import variants
from shop.errors import BadValue, ShopError
from shop.people import phone

router = APIRouter(prefix="/v1/calls", dependencies=[Depends(local_or_token)], tags=["calls"])


class NewCall(BaseModel):
    """What a text call begins with."""

    model_config = ConfigDict(extra="forbid")

    caller_number: Annotated[str, Field(max_length=60)] = ""
    call_type: CallType = "inbound_general"
    variant: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")] | None = None

    @field_validator("caller_number")
    @classmethod
    def _e164(cls, value: str) -> str:
        if not value.strip():
            return ""
        try:
            return phone.normalize(value)
        except BadValue:
            raise ValueError(
                "not a telephone number: give ten US digits, or leave it out for a withheld number"
            ) from None


class Said(BaseModel):
    """One turn of the caller."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    text: Annotated[str, Field(min_length=1, max_length=2000)]


def calls_of(request: Request) -> Calls:
    """The process's calls."""
    calls: Calls = request.app.state.calls
    return calls


AllCalls = Annotated[Calls, Depends(calls_of)]


@contextmanager
def busy_or_broken() -> Iterator[None]:
    """Answers 503 when no call can be opened."""
    try:
        yield
    except CallsFull:
        raise HTTPException(503, "all lines are busy; try again in a minute") from None
    except ShopError as error:
        raise HTTPException(503, str(error)) from None


async def known_call(call_id: str, calls: AllCalls) -> Call:
    """A call of this process, or one that a killed process has left open."""
    call = calls.find(call_id)
    if call is None:
        with busy_or_broken():
            call = await calls.take_up(call_id)
    if call is None:
        raise HTTPException(404, f"there is no call {call_id!r}")
    return call


KnownCall = Annotated[Call, Depends(known_call)]


def live_call(call: KnownCall) -> Call:
    """A call that is under way."""
    if call.outcome is not None:
        raise HTTPException(404, f"call {call.context.call_sid!r} is over")
    return call


LiveCall = Annotated[Call, Depends(live_call)]


def typed_call(call: LiveCall) -> Call:
    """A call under way that is held by typing; a caller on the telephone is not talked over."""
    if call.context.channel != "text":
        raise HTTPException(409, "this call is held by telephone: it can be read, not changed")
    return call


TypedCall = Annotated[Call, Depends(typed_call)]


class EventStream(StreamingResponse):
    """Server-sent events whose source is closed as soon as nobody listens any more.

    The base class leaves that to the garbage collector, and until then the model would be paid for
    words nobody reads and the call would be kept from its next turn.
    """

    media_type = "text/event-stream"

    def __init__(self, events: AsyncGenerator[bytes, None]) -> None:
        # A proxy must pass each event on when it comes, and keep none.
        super().__init__(events, headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        self._events = events

    async def stream_response(self, send: Send) -> None:
        """Send the events until there are no more or the client has gone."""
        async with aclosing(self._events):
            await super().stream_response(send)


@router.post("", status_code=201)
async def open_call(new: NewCall, calls: AllCalls) -> dict[str, str]:
    """Open a call; returns its id and Sophie's first sentence."""
    call_sid = f"text-{uuid4().hex}"
    context = CallContext(
        call_sid=call_sid,
        caller_number=new.caller_number,
        call_type=new.call_type,
        channel="text",
        variant=new.variant or variants().of(call_sid),
    )
    with busy_or_broken():
        call = await calls.open(context)
    return {"call_id": context.call_sid, "greeting": call.agent.greeting}


@router.post("/{call_id}/turns")
async def take_turn(said: Said, call: TypedCall, calls: AllCalls) -> StreamingResponse:
    """Say something; the reply streams as it is made."""
    call.touched_at = calls.desk.clock()
    return EventStream(_events(call, said.text))


@router.get("/{call_id}")
async def show_call(call: KnownCall, calls: AllCalls) -> dict[str, Any]:
    """What has been said and done on a call."""
    return await _shown(call, calls)


@router.delete("/{call_id}")
async def hang_up(call: TypedCall, calls: AllCalls) -> dict[str, str | None]:
    """Hang up; returns what came of the call."""
    async with call.turn:
        outcome = await calls.end(call.context.call_sid)
    return {"call_id": call.context.call_sid, "outcome": outcome}


async def _events(call: Call, text: str) -> AsyncGenerator[bytes, None]:
    async with call.turn, aclosing(_turn(call, text)) as events:
        async for event in events:
            shown = as_event(event)
            yield b"event: %b\ndata: %b\n\n" % (shown["type"].encode(), orjson.dumps(shown))


async def _turn(call: Call, text: str) -> AsyncGenerator[AgentEvent, None]:
    if call.outcome is not None:  # it was hung up while this turn waited for the one before
        yield Failed("The call is over.")
        yield Finished("error", 0, 0)
        return
    async with aclosing(call.agent.turn(text)) as events:
        async for event in events:
            if isinstance(event, Finished):
                await call.agent.settled()  # a turn that was told as done outlives a kill
            yield event


def as_event(event: AgentEvent) -> dict[str, Any]:
    """An event in the shape the stream promises."""
    match event:
        case Words(text):
            return {"type": "content_delta", "text": text}
        case ToolStarted(name, arguments, call_id):
            return {"type": "tool_call", "name": name, "arguments": arguments, "call_id": call_id}
        case ToolEnded(result, call_id):
            return {"type": "tool_result", "result": result, "call_id": call_id}
        case Failed(message):
            return {"type": "error", "message": message}
        case Finished(reason, prompt, completion):
            usage = {"prompt_tokens": prompt, "completion_tokens": completion}
            return {"type": "done", "finish_reason": reason, "usage": usage}


async def _shown(call: Call, calls: Calls) -> dict[str, Any]:
    state, usage = call.state, call.agent.usage
    micros = cost(by_model(state["messages"]))
    return {
        "call_id": call.context.call_sid,
        "status": "over" if call.outcome else "live",
        "outcome": call.outcome,
        "channel": call.context.channel,
        "call_type": call.context.call_type,
        "variant": call.context.variant,
        "model": calls.model_name,
        "access": state.get("access", "unknown"),
        "intent": intent(state),
        "transcript": transcript(call),
        "appointments": await _appointments(call, calls),
        "usage": {
            "prompt_tokens": usage.prompt_tokens,
            "cached_tokens": usage.cached_tokens,
            "completion_tokens": usage.completion_tokens,
            "total_tokens": usage.total_tokens,
        },
        "cost_usd": None if micros is None else micros / 1_000_000,
        "turns": [timeline.as_dict() for timeline in call.timelines],
    }


async def _appointments(call: Call, calls: Calls) -> list[dict[str, Any]]:
    """The appointments this call booked, moved or cancelled, as they stand in the records."""
    ids = [d["appointment_id"] for d in call.state.get("deeds", []) if "appointment_id" in d]
    found = [await calls.desk.appointment(UUID(one)) for one in dict.fromkeys(ids)]
    return [
        {
            "id": str(a.id),
            "service_type": a.service_type,
            "vehicle": a.vehicle,
            "scheduled_at": a.scheduled_at.astimezone(calls.desk.shop.zone).isoformat(),
            "duration_minutes": a.duration_minutes,
            "status": a.status,
        }
        for a in found
    ]
