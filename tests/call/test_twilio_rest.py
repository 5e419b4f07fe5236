"""Live calls are moved and ended over Twilio's REST API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
from pydantic import SecretStr

from api.twilio.rest import TwilioRefused, TwilioRest
from api.twilio.twiml import Dial
from evals.standins.echo import EchoDesk
from evals.standins.serve import serve
from evals.standins.twilio import PhoneCall, StandInTwilio

pytestmark = pytest.mark.anyio
PUBLIC = "https://shop.example"
TOKEN = "the auth token"


@dataclass(frozen=True)
class Account:
    """A service, and the stand-in that calls it and takes its REST requests."""

    twilio: StandInTwilio
    desk: EchoDesk
    url: str

    @asynccontextmanager
    async def rest(self, token: str = TOKEN) -> AsyncIterator[TwilioRest]:
        """The client under test."""
        async with httpx.AsyncClient(trust_env=False) as client:
            yield TwilioRest(self.twilio.account_sid, SecretStr(token), client, self.url)


@pytest.fixture
async def account() -> AsyncIterator[Account]:
    """One account with nobody on the line."""
    desk = EchoDesk()
    async with (
        serve(desk.app(public_url=PUBLIC, auth_token=TOKEN)) as service,
        StandInTwilio(auth_token=TOKEN, public_url=PUBLIC, reach=service) as twilio,
        twilio.serving() as url,
    ):
        yield Account(twilio, desk, url)


async def _greeted(call: PhoneCall) -> None:
    await call.until(lambda: any(event.kind == "mark played" for event in call.events))


async def test_a_transfer_rings_somebody_and_ends_the_stream(account: Account) -> None:
    async with account.twilio.call(pace=5) as call, account.rest() as rest:
        await _greeted(call)
        await rest.transfer(call.call_sid, Dial("+12175550111", caller_id="+12175550100"))
        await call.over()
    assert call.dialed == ["+12175550111"]
    assert account.desk.calls[0].cancelled
    [update] = account.twilio.updates
    assert update.twiml == (
        '<Response><Dial answerOnBridge="true" timeout="20" callerId="+12175550100">'
        "<Number>+12175550111</Number></Dial></Response>"
    )


async def test_a_transfer_nobody_answers_comes_back(account: Account) -> None:
    async with account.twilio.call(pace=5) as call, account.rest() as rest:
        await _greeted(call)
        call.picks.append("no-answer")
        after = f"{PUBLIC}/twilio/dialed?again=1"
        await rest.transfer(call.call_sid, Dial("+12175550111", then=after))
        await call.until(lambda: len(account.desk.calls) == 2)
    assert account.desk.calls[1].incoming.resumed
    assert account.desk.calls[1].incoming.transfer == "no_answer"
    assert [news.outcome for news in account.desk.dials] == ["no_answer"]


async def test_a_call_is_ended(account: Account) -> None:
    async with account.twilio.call(pace=5) as call, account.rest() as rest:
        await _greeted(call)
        await rest.hang_up(call.call_sid)
        await call.over()
    assert account.desk.calls[0].times_closed == 1


@pytest.mark.parametrize(
    ("status", "code"), [(429, 20429), (500, 20500), (503, 20001), (401, 20003)]
)
async def test_a_refusal_names_status_and_code(account: Account, status: int, code: int) -> None:
    account.twilio.failures.append(status)
    async with account.rest() as rest:
        with pytest.raises(TwilioRefused) as caught:
            await rest.hang_up("CA1")
    assert (caught.value.status, caught.value.code) == (status, code)
    assert str(caught.value) == f"Twilio answered {status} (error {code})"


async def test_an_unknown_call_and_an_ended_call_are_refused(account: Account) -> None:
    async with account.rest() as rest:
        async with account.twilio.call(pace=5) as call:
            await _greeted(call)
            with pytest.raises(TwilioRefused, match="20404"):
                await rest.hang_up("CA" + "0" * 32)
        with pytest.raises(TwilioRefused, match="21220"):
            await rest.hang_up(call.call_sid)


async def test_a_wrong_token_is_refused_and_not_told(account: Account) -> None:
    async with account.rest("a wrong token") as rest:
        with pytest.raises(TwilioRefused, match="20003") as caught:
            await rest.hang_up("CA1")
    assert "wrong token" not in str(caught.value)


async def test_a_machine_that_is_not_there_is_a_refusal_without_a_status() -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        rest = TwilioRest("AC1", SecretStr(TOKEN), client, "http://127.0.0.1:9")
        with pytest.raises(TwilioRefused, match="could not be reached") as caught:
            await rest.hang_up("CA1")
    assert caught.value.status is None


async def test_a_call_id_cannot_lead_elsewhere(account: Account) -> None:
    async with account.rest() as rest:
        with pytest.raises(ValueError, match="sid"):
            await rest.hang_up("../Accounts")
    assert account.twilio.updates == []
