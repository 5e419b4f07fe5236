"""A transfer that is cut anywhere ends once: put through, back with Sophie, or to be called back.

What the carrier tells is posted by hand where it is to come twice, late, in another order or never.
"""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal, get_args

import httpx
import pytest
from twilio.request_validator import RequestValidator

from api.twilio.signature import HEADER
from evals.standins.twilio_dial import Picks
from evals.standins.twilio_stream import Faults
from tests.support.conversation import rows
from tests.support.service import (
    AUTH_TOKEN,
    PUBLIC_URL,
    Caller,
    Service,
    a_caller,
    a_service,
    quick_speech,
)
from tests.support.soak import sampled

pytestmark = pytest.mark.anyio

PERSON = "can I talk to a person please"
SORRY, OFFER = "I'm sorry", "Would you like that?"
AGREEING = ("yes please", "about my brakes", "yes", "yes")
AT_ONCE = 8
PACE = 8.0
UNTOLD = Faults(unsigned=frozenset({"dial"}))
"""The telephone's own news of a dialled number are refused, so that the test can tell them."""

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
ORDERS: dict[str, tuple[News, ...]] = {
    "in order": ("dialed", "status"),
    "each twice": ("dialed", "dialed", "status", "status"),
    "the end first": ("status", "dialed"),
    "the end first and twice": ("status", "status", "dialed", "dialed"),
    "the end never": ("dialed",),
    "the transfer never": ("status",),
}
AT: dict[str, tuple[str, ...]] = {
    "rings": ("caller_left", "busy", "no_answer", "failed"),
    "hears the whisper": ("caller_left", "declined"),
    "takes the call": ("caller_left", "answered"),
}
PICKS: dict[Picks, str] = {
    "busy": "busy", "no-answer": "no_answer", "failed": "failed", "declines": "declined",
    "machine": "voicemail",
}  # fmt: skip
Back = Literal[
    "hangs up", "is torn off and hangs up", "is torn off and agrees", "is torn off twice"
]


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


def _owed(*attempts: str, rang: int = 1) -> End:
    return End(attempts, "callback_requested", 1, rang)


PUT_THROUGH = End(("answered",), "transferred", 0, 1)


@dataclass(frozen=True, slots=True)
class Cut:
    """One way in which a transfer is cut, and what it must leave.

    Attributes:
        at: How far the transfer is.
        by: What happens then.
        told: Which of the carrier's news come.
        end: What is left.
    """

    at: str
    by: str
    told: str
    end: End


Play = Callable[[Service, Cut, str], Awaitable[Caller]]


async def _post(http: httpx.AsyncClient, path: str, form: Form) -> httpx.Response:
    signed = RequestValidator(AUTH_TOKEN).compute_signature(PUBLIC_URL + path, form)
    return await http.post(path, data=form, headers={HEADER: signed})


async def _whisper(http: httpx.AsyncClient, *, taken: bool) -> None:
    child = {"CallSid": "CA" + "7" * 32}
    assert "<Gather" in (await _post(http, "/twilio/whisper", child)).text
    if taken:
        answer = await _post(http, "/twilio/whisper", {**child, "Digits": "1"})
        assert "<Hangup" not in answer.text


async def _tell(http: httpx.AsyncClient, call_id: str, ended: str, news: Sequence[News]) -> None:
    """What the carrier tells, in this order; it does not wait for one answer with the next."""
    about = {"CallSid": call_id, "From": "+12175550163", "CallStatus": "in-progress"}
    paths: dict[News, tuple[str, Form]] = {
        "dialed": ("/twilio/dialed?again=1", {**about, **FORMS[ended]}),
        "status": ("/twilio/status", {**about, "CallStatus": "completed"}),
    }
    telling = []
    for one in news:
        telling.append(asyncio.create_task(_post(http, *paths[one])))
        await asyncio.wait(telling[-1:], timeout=0.1)
    for answer in await asyncio.gather(*telling):
        assert answer.is_success


async def _left(service: Service, caller: Caller) -> End:
    call_id = caller.call_id
    log = await service.log(call_id)
    logs = Counter(one["call_sid"] for one in await rows(service.pool, "call_logs"))
    assert logs[call_id] == 1
    call_backs = Counter(one["call_sid"] for one in await rows(service.pool, "callbacks"))
    attempts = re.findall(r"Transfer to \w+: ([\w ]+)\.", log.summary or "")
    rang = len(caller.call.dialed)
    return End(tuple(attempts), str(log.outcome), call_backs[call_id], rang)


async def _all_end_so(service: Service, cuts: Sequence[Cut], few: int, play: Play) -> None:
    """Play cuts from all over the table, with `make soak` all; each must leave what it says."""
    cuts = cuts[:: -(-len(cuts) // sampled(few, len(cuts)))]
    found: dict[Cut, End] = {}
    for begin in range(0, len(cuts), AT_ONCE):
        batch = cuts[begin : begin + AT_ONCE]
        numbers = (f"+1217555{2000 + begin + at}" for at in range(len(batch)))
        callers = await asyncio.gather(*(play(service, c, n) for c, n in zip(batch, numbers)))  # noqa: B905 - there are as many numbers as are needed
        await service.nothing_open()
        for cut, caller in zip(batch, callers, strict=True):
            assert caller.call.violations == []
            found[cut] = await _left(service, caller)
    wrong = {cut: end for cut, end in found.items() if end != cut.end}
    assert wrong == {}


@asynccontextmanager
async def _promised(service: Service, number: str, **plan: object) -> AsyncIterator[Caller]:
    """A caller who has asked for a person, and begins to hear that they are put through."""
    async with a_caller(service, caller=number, pace=PACE, **plan) as caller:
        caller.speak(PERSON)
        await caller.call.said()
        await caller.call.speaking(20)
        yield caller


async def _for(caller: Caller, ms: int) -> None:
    until_ms = caller.call.now_ms + ms
    await caller.call.until(lambda: caller.call.now_ms >= until_ms)


async def _torn_off(caller: Caller) -> None:
    torn = _torn(caller)
    caller.call.drop()
    await caller.call.until(lambda: _torn(caller) > torn)


def _torn(caller: Caller) -> int:
    return sum(event.kind == "socket dropped" for event in caller.call.events)


def _status(cut: Cut) -> str | None:
    return "/twilio/status" if cut.told == "the end" else None


def _gone() -> list[Cut]:
    """Callers who are gone while somebody is rung for them, as it ends otherwise, or just after."""
    cuts = []
    for at, ways in AT.items():
        for by in ways:
            for told, news in ORDERS.items():
                if "dialed" not in news:
                    end = _owed("failed")
                elif by == "answered":
                    end = PUT_THROUGH
                elif "status" in news or by == "caller_left":
                    end = _owed(by)
                else:
                    continue  # the carrier has to tell of one or the other end
                cuts.append(Cut(at, by, told, end))
    return cuts


async def _goes(service: Service, cut: Cut, number: str) -> Caller:
    async with _promised(service, number, faults=UNTOLD, status_path=None) as caller:
        caller.call.picks.append("rings")
        await caller.call.until(lambda: caller.call.dialed != [])
        if cut.at != "rings":
            await _whisper(service.http, taken=cut.at == "takes the call")
    await _tell(service.http, caller.call_id, cut.by, ORDERS[cut.told])
    return caller


async def test_who_is_gone_while_it_rings_is_put_through_or_called_back(dsn: str) -> None:
    async with a_service(dsn, twilio=True) as service:
        await _all_end_so(service, _gone(), AT_ONCE, _goes)


def _early() -> list[Cut]:
    """Callers who are cut off before they have heard that they are put through."""
    return [
        Cut(f"{ms} ms", by, told, _owed(rang=0) if by == "hangs up" else PUT_THROUGH)
        for ms in (0, 200, 400, 600)
        for by in ("hangs up", "is torn off")
        for told in ("the end", "nothing")
    ]


async def _breaks_off(service: Service, cut: Cut, number: str) -> Caller:
    async with _promised(service, number, status_path=_status(cut)) as caller:
        await _for(caller, int(cut.at.split()[0]))
        if cut.by == "is torn off":
            await _torn_off(caller)
            await caller.call.over()
    return caller


async def test_who_is_cut_off_before_the_last_word_is_put_through_or_called_back(dsn: str) -> None:
    async with a_service(dsn, twilio=True, speech=quick_speech(word_ms=60)) as service:
        await _all_end_so(service, _early(), AT_ONCE, _breaks_off)


def _backs() -> list[Cut]:
    """Callers whom nobody takes, and who are cut off on coming back."""
    return [
        Cut(picks, by, told, _owed(attempt))
        for by in get_args(Back)
        for picks, attempt in PICKS.items()
        for told in ("the end", "nothing")
    ]


async def _comes_back(service: Service, cut: Cut, number: str) -> Caller:
    async with _promised(service, number, status_path=_status(cut)) as caller:
        caller.call.picks.append(cut.at)  # type: ignore[arg-type]  # it is one of PICKS
        await _is_back(caller, cut.by)
        if cut.by == "is torn off and agrees":
            await _agrees(service, caller)
    return caller


async def _is_back(caller: Caller, by: str) -> None:
    await caller.hears(SORRY)
    for times in range(1, 1 + {"hangs up": 0, "is torn off twice": 2}.get(by, 1)):
        await _torn_off(caller)
        await caller.call.until(lambda times=times: caller.ear().count(SORRY) > times)  # type: ignore[misc]  # bound now
    if by == "is torn off and agrees":
        await caller.hears(OFFER)
        await caller.call.quiet(200)


async def _agrees(service: Service, caller: Caller) -> None:
    for text in AGREEING:
        if caller.call_id in {one["call_sid"] for one in await rows(service.pool, "callbacks")}:
            return
        await caller.say(text)


async def test_who_is_cut_off_on_coming_back_is_told_again_or_called_back(dsn: str) -> None:
    async with a_service(dsn, twilio=True, speech=quick_speech(word_ms=40)) as service:
        await _all_end_so(service, _backs(), AT_ONCE, _comes_back)
