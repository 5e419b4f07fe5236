"""The whole service on loopback, with stand-ins for every vendor, and callers who type or speak."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import orjson
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from api.app import create_app
from api.calls import Calls
from api.settings import Settings, read_settings
from evals.standins.deepgram import DeepgramScript, DeepgramStandIn
from evals.standins.hearing import Ended
from evals.standins.openai import OpenAIStandIn
from evals.standins.serve import serve
from evals.standins.twilio import PhoneCall, StandInTwilio
from evals.standins.verbatim import VerbatimHearing, verbatim
from shop.calls.logs import CallLog
from shop.db import Pool
from shop.profile.shop import load_shop
from shop.seed.demo import load_demo
from tests.support.conversation import MONDAY_MORNING

ROOT = Path(__file__).parents[2]
OWN_CODE = tuple(
    str(ROOT / folder) + "/" for folder in ("api", "voice", "graph", "nodes", "tools", "shop")
)
PUBLIC_URL = "https://shop.example"
ACCOUNT = "AC" + "5" * 32
AUTH_TOKEN = "the-auth-token-of-the-account"
ALL_THE_TIME = ("end_idle", "_keep_following", "_keep_passing_on", "_keep_recording")
"""The tasks that run while the service does: idle calls, changed files, offers, fixed lines."""

PATIENCE_S = 20.0
_LOOK_AGAIN_S = 0.01
BOOKING = (
    "I need an oil change",
    "my name is Daniel Brooks",
    "it's a 2018 Honda Civic",
    "tomorrow at ten",
    "yes please",
    "no that's all, thank you",
)
"""What a stranger says to book; the last ends the call."""


def settings(dsn: str, **more: Any) -> Settings:
    """Settings of the test's own, whatever the environment and `.env` say."""
    return read_settings(_env_file=None, database_url=dsn, **more)


@dataclass
class Clock:
    """A wall clock that stands still until it is set."""

    now: datetime = MONDAY_MORNING

    def __call__(self) -> datetime:
        return self.now


@dataclass(slots=True)
class Door:
    """An address that is known before what answers at it has been made."""

    app: Any = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Service:
    """The service, running."""

    app: FastAPI
    http: httpx.AsyncClient
    deepgram: DeepgramStandIn
    twilio: StandInTwilio

    @property
    def calls(self) -> Calls:
        calls: Calls = self.app.state.calls
        return calls

    @property
    def pool(self) -> Pool:
        return self.calls.desk.pool

    async def open(self, **fields: str) -> str:
        """Open a text call; returns its id."""
        answer = await self.http.post("/v1/calls", json=fields)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["call_id"])

    async def say(self, call_id: str, text: str) -> list[dict[str, Any]]:
        """One typed turn; returns all its events."""
        async with self.turn(call_id, text) as events:
            return [event async for event in events]

    @asynccontextmanager
    async def turn(self, call_id: str, text: str) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        """One typed turn, event by event. Leaving early hangs up the request, not the call."""
        path = f"/v1/calls/{call_id}/turns"
        async with self.http.stream("POST", path, json={"text": text}) as answer:
            assert answer.status_code == 200, await answer.aread()
            assert answer.headers["content-type"].startswith("text/event-stream")
            yield events(answer)

    async def shown(self, call_id: str) -> dict[str, Any]:
        """The call as the service shows it."""
        answer = await self.http.get(f"/v1/calls/{call_id}")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def log(self, call_id: str) -> CallLog:
        """The call's record, once it is closed; there must be no other."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                found = await self.calls.desk.call(call_id)
                if found is not None and found.status == "closed":
                    return found
                await asyncio.sleep(_LOOK_AGAIN_S)

    async def until(self, wanted: Callable[[], bool]) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                if wanted():
                    return
                await asyncio.sleep(_LOOK_AGAIN_S)

    def tasks(self) -> list[str]:
        """What the service's own code is doing just now, apart from what it does all the time."""
        names = [_code_of(task) for task in asyncio.all_tasks()]
        return [name for name in names if name and not name.endswith(ALL_THE_TIME)]

    async def nothing_open(self) -> None:
        """Wait until no call has left anything behind."""
        listened = [*self.deepgram.listening, *self.deepgram.speaking]
        await self.until(lambda: not self.calls.live)
        await self.until(lambda: all(connection.closed.is_set() for connection in listened))
        await self.until(lambda: not self.tasks())
        await self.until(self._pool_is_whole)

    def _pool_is_whole(self) -> bool:
        stats = self.pool.get_stats()
        return stats["pool_available"] == stats["pool_size"]


def _code_of(task: "asyncio.Task[Any]") -> str:
    code: Any = getattr(task.get_coro(), "cr_code", None)
    if code is None or not code.co_filename.startswith(OWN_CODE):
        return ""
    return str(code.co_qualname)


async def events(answer: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    """The server-sent events of an answer; the name of each must be its `type`."""
    name = ""
    async for line in answer.aiter_lines():
        field_name, _, value = line.partition(": ")
        if field_name == "event":
            name = value
        elif field_name == "data":
            event: dict[str, Any] = orjson.loads(value)
            assert event["type"] == name
            yield event
        else:
            assert not line, f"a line no event has: {line}"


@asynccontextmanager
async def a_service(
    dsn: str,
    *,
    model: OpenAIStandIn | None = None,
    speech: DeepgramScript | None = None,
    twilio: bool = False,
    clock: Clock | None = None,
    **more: Any,
) -> AsyncIterator[Service]:
    """The service on a database with the demo shop in it.

    Args:
        dsn: The database.
        model: The model behind the wire; without it the rulebook in the process.
        speech: How Deepgram hears and speaks; verbatim and quick where not given.
        twilio: Whether Twilio is configured.
        clock: The wall clock; Monday morning where not given.
        more: Further settings.
    """
    deepgram = DeepgramStandIn(speech or quick_speech())
    rest = Door()
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        more |= {"deepgram_api_key": "dg-secret-key"}
        more |= {"deepgram_base_url": await enter(deepgram.running())}
        if model is not None:
            more |= {
                "openai_api_key": "sk-secret-key",
                "openai_base_url": await enter(model.running()),
            }
        if twilio:
            more |= {"twilio_account_sid": ACCOUNT, "twilio_auth_token": AUTH_TOKEN}
            more |= {"public_url": PUBLIC_URL, "twilio_base_url": await enter(serve(rest))}
        stack.callback(gc.unfreeze)
        app = create_app(settings(dsn, **more), clock=clock or Clock())
        await enter(app.router.lifespan_context(app))
        await load_demo(app.state.pool, load_shop(), clock or Clock())
        url = await enter(serve(app))
        account = StandInTwilio(
            account_sid=ACCOUNT,
            auth_token=AUTH_TOKEN if twilio else None,
            public_url=PUBLIC_URL if twilio else None,
            reach=url,
        )
        rest.app = account.app
        http = await enter(httpx.AsyncClient(base_url=url, trust_env=False, timeout=PATIENCE_S))
        yield Service(app, http, deepgram, await enter(account))


def quick_speech(*, word_ms: int = 10, **more: Any) -> DeepgramScript:
    """A recogniser that hears what the bytes spell, a voice whose bytes spell what it says."""
    return DeepgramScript(hears="verbatim", speaks="verbatim", word_ms=word_ms, **more)


@dataclass
class Caller:
    """Somebody on the telephone, who hears what the audio spells."""

    call: PhoneCall
    service: Service | None = None
    heard: list[str] = field(default_factory=list)
    _ear: VerbatimHearing = field(default_factory=VerbatimHearing)
    _listened: int = 0
    _turns: int = 0

    @property
    def call_id(self) -> str:
        return self.call.call_sid

    def ear(self) -> str:
        """Everything heard so far, in words."""
        new = bytes(self.call.tape.agent[self._listened :])
        self._listened += len(new)
        self.heard += [cue.text for cue in self._ear.feed(new) if isinstance(cue, Ended)]
        return " ".join(" ".join(self.heard).split())

    async def hears(self, words: str) -> str:
        """Wait until these words have been heard."""
        await self.call.until(lambda: words in self.ear(), patience_s=PATIENCE_S)
        return self.ear()

    def speak(self, text: str) -> None:
        """Say something, whoever is speaking."""
        self._turns += 1
        self.call.say(verbatim(text))

    async def say(self, text: str) -> str:
        """Say something and hear the whole answer; returns it."""
        self.speak(text)
        return await self.answer()

    async def answer(self) -> str:
        """Hear the agent out; returns the last reply as it is remembered."""
        assert self.service is not None, "only a service in this process can be looked into"
        agent = self.service.calls.live[self.call_id].agent
        await self.call.until(
            lambda: sum(m.type == "human" for m in agent.state["messages"]) >= self._turns,
            patience_s=PATIENCE_S,
        )
        await agent.settled()
        words = " ".join(str(agent.messages[-1].text).split())
        await self.call.until(lambda: self.ear().endswith(words), patience_s=PATIENCE_S)
        await self.call.quiet(200)
        return words


@asynccontextmanager
async def a_caller(service: Service, *, pace: float = 4.0, **plan: Any) -> AsyncIterator[Caller]:
    """Somebody who has rung up and been greeted."""
    plan.setdefault("caller", "+12175550163")
    async with service.twilio.call(pace=pace, **plan) as call:
        caller = Caller(call, service)
        await caller.hears("How can I help you today?")
        await call.quiet(200)
        yield caller
