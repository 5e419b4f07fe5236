"""What cuts a transfer, told as the carrier tells it, and what is left of the call in the end."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, LiteralString

import httpx
import psycopg
from twilio.request_validator import RequestValidator

from api.twilio.signature import HEADER
from evals.standins.twilio_stream import Faults
from tests.support.service import AUTH_TOKEN, PATIENCE_S, PUBLIC_URL, Caller

PERSON = "can I talk to a person please"
SORRY, OFFER = "I'm sorry", "Would you like that?"
PACE = 8.0
UNTOLD = Faults(unsigned=frozenset({"dial"}))
"""The telephone's own news of a dialled number are refused, so that a test can tell them."""

Form = dict[str, str]
News = Literal["dialed", "status"]
FORMS: dict[str, Form] = {
    "caller_left": {"DialCallStatus": "canceled", "CallStatus": "completed"},
    "answered": {"DialCallStatus": "completed", "DialBridged": "true"},
    "declined": {"DialCallStatus": "completed", "DialBridged": "false"},
    "busy": {"DialCallStatus": "busy"},
    "no_answer": {"DialCallStatus": "no-answer"},
    "failed": {"DialCallStatus": "failed"},
}
_LOOK_AGAIN_S = 0.02
_LOG = "SELECT status, outcome, summary FROM call_logs WHERE call_sid = %s"
_CALL_BACKS = "SELECT id FROM callbacks WHERE call_sid = %s"


@dataclass(frozen=True, slots=True)
class End:
    """What is left of a call.

    Attributes:
        attempts: How each attempt to put the caller through ended, as the record has it.
        outcome: What came of the call.
        call_backs: How many call-backs there are for it.
        rang: How many times somebody was rung.
    """

    attempts: tuple[str, ...]
    outcome: str
    call_backs: int
    rang: int


PUT_THROUGH = End(("answered",), "transferred", 0, 1)


def owed(*attempts: str, rang: int = 1) -> End:
    """Nobody was reached, and the caller is to be called back."""
    return End(attempts, "callback_requested", 1, rang)


async def left(dsn: str, caller: Caller) -> End:
    """What is left of a call, of which there must be one record, once that is closed."""
    async with (
        asyncio.timeout(PATIENCE_S),
        await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection,
    ):
        while True:
            ((status, outcome, summary),) = await _found(connection, _LOG, caller)
            if status == "closed":
                break
            await asyncio.sleep(_LOOK_AGAIN_S)
        call_backs = len(await _found(connection, _CALL_BACKS, caller))
        attempts = re.findall(r"Transfer to \w+: ([\w ]+)\.", summary or "")
        return End(tuple(attempts), outcome, call_backs, len(caller.call.dialed))


async def _found(
    connection: psycopg.AsyncConnection[Any], query: LiteralString, caller: Caller
) -> list[Any]:
    return await (await connection.execute(query, [caller.call_id])).fetchall()


async def post(http: httpx.AsyncClient, path: str, form: Form) -> httpx.Response:
    """Ask the service as the carrier does."""
    signed = RequestValidator(AUTH_TOKEN).compute_signature(PUBLIC_URL + path, form)
    return await http.post(path, data=form, headers={HEADER: signed})


async def whisper(http: httpx.AsyncClient, *, taken: bool) -> None:
    """Somebody picks up and hears what it is about; whoever takes the call presses 1."""
    child = {"CallSid": "CA" + "7" * 32}
    assert "<Gather" in (await post(http, "/twilio/whisper", child)).text
    if taken:
        answer = await post(http, "/twilio/whisper", {**child, "Digits": "1"})
        assert "<Hangup" not in answer.text


async def tell(http: httpx.AsyncClient, call_id: str, ended: str, news: Sequence[News]) -> None:
    """What the carrier tells, in this order; it does not wait for one answer with the next."""
    about = {"CallSid": call_id, "From": "+12175550163", "CallStatus": "in-progress"}
    paths: dict[News, tuple[str, Form]] = {
        "dialed": ("/twilio/dialed?again=1", {**about, **FORMS[ended]}),
        "status": ("/twilio/status", {**about, "CallStatus": "completed"}),
    }
    telling = []
    for one in news:
        telling.append(asyncio.create_task(post(http, *paths[one])))
        await asyncio.wait(telling[-1:], timeout=0.1)
    for answer in await asyncio.gather(*telling):
        assert answer.is_success


async def is_promised(caller: Caller) -> None:
    """The caller asks for a person, and begins to hear that they are put through."""
    caller.speak(PERSON)
    await caller.call.said()
    await caller.call.speaking(20)


async def rings(caller: Caller) -> None:
    """It rings, until the caller hangs up or the time is over."""
    caller.call.picks.append("rings")
    await is_promised(caller)
    await caller.call.until(lambda: caller.call.dialed != [])


async def torn_off(caller: Caller) -> None:
    """The caller's media socket is torn off."""
    torn = _torn(caller)
    caller.call.drop()
    await caller.call.until(lambda: _torn(caller) > torn)


def _torn(caller: Caller) -> int:
    return sum(event.kind == "socket dropped" for event in caller.call.events)
