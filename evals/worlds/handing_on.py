"""A carrier that rings a person for a caller, who is not reached."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

import httpx
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from api.call import Call
from api.calls import Calls
from api.transfers import Transfers, coming_back
from api.twilio.dialing import DialOutcome
from api.twilio.ports import Dialed, IncomingCall
from api.twilio.rest import TwilioRest
from evals.standins.serve import serve


@dataclass(frozen=True, slots=True)
class Carrier:
    """The carrier's side of a transfer, as a telephone line would go through it."""

    transfers: Transfers
    taken: asyncio.Event

    async def not_put_through(self, call: Call, how: str) -> tuple[Call, str] | None:
        """Ring the person, and tell how that ended: the call and what they hear who come back.

        None if the caller has gone meanwhile.
        """
        sid, number, outcome = (
            call.context.call_sid, call.context.caller_number, cast(DialOutcome, how)
        )  # fmt: skip
        calls = self.transfers.calls
        await self._ring(call, IncomingCall(sid, number, dialed_url="https://shop.example/dialed"))
        await call.agent.settled()
        await self.transfers.closing(call, returned=False)
        await calls.end(sid)
        await self.transfers.dialed(Dialed(sid, outcome))
        if outcome == "caller_left":
            return None
        again = await calls.open(call.context)
        told = self.transfers.returned(again, IncomingCall(sid, number, transfer=outcome))
        words = coming_back(told or outcome)
        again.agent.aside(words)
        return again, words

    async def _ring(self, call: Call, incoming: IncomingCall) -> None:
        """The line is closed, as carriers do, once the request is taken."""
        ringing = asyncio.create_task(self.transfers.ring(call, incoming))
        taken = asyncio.create_task(self.taken.wait())
        await asyncio.wait((ringing, taken), return_when=asyncio.FIRST_COMPLETED)
        for task in (ringing, taken):
            task.cancel()
        await asyncio.gather(ringing, taken, return_exceptions=True)


@asynccontextmanager
async def carrier(calls: Calls, http: httpx.AsyncClient) -> AsyncIterator[Carrier]:
    """A carrier on loopback that takes every request to ring somebody."""
    taken = asyncio.Event()

    async def take(_request: Request) -> JSONResponse:
        taken.set()
        return JSONResponse({"status": "in-progress"})

    path = "/2010-04-01/Accounts/{account}/Calls/{call}"
    async with serve(Starlette(routes=[Route(path, take, methods=["POST"])])) as url:
        rest = TwilioRest("AC0", SecretStr("none-is-needed"), http, url)
        yield Carrier(Transfers(calls, rest), taken)
