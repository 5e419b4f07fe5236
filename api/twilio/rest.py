"""The part of Twilio's REST API that moves and ends live calls.

https://www.twilio.com/docs/voice/api/call-resource#update-a-call-resource
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from pydantic import SecretStr

from api.twilio import twiml
from api.twilio.frames import is_sid

BASE_URL = "https://api.twilio.com"
_TIMEOUT_S = 5.0


class TwilioRefused(Exception):
    """Twilio did not do what it was asked.

    Attributes:
        status: The HTTP status; none when Twilio could not be reached.
        code: Twilio's own number for the error, where it gave one
            (https://www.twilio.com/docs/api/errors).
    """

    def __init__(self, status: int | None, code: int | None = None) -> None:
        reached = f"answered {status}" if status is not None else "could not be reached"
        numbered = f" (error {code})" if code is not None else ""
        super().__init__(f"Twilio {reached}{numbered}")
        self.status = status
        self.code = code


class TwilioRest:
    """Changes live calls. Nothing is tried twice: a repeated transfer would ring twice."""

    def __init__(self, client: httpx.AsyncClient, account_sid: str) -> None:
        """Use `open_rest`, which owns the client."""
        self._client = client
        self._calls = f"/2010-04-01/Accounts/{account_sid}/Calls"

    async def transfer(
        self,
        call_sid: str,
        number: str,
        *,
        ring_s: int = 20,
        caller_id: str | None = None,
        then: str | None = None,
    ) -> None:
        """Ring `number` for the caller; their media stream ends.

        `then` is asked what to do when nobody answers or the other side hangs up; without it the
        call ends.

        Raises:
            TwilioRefused: The call is unchanged, or Twilio cannot be reached.
        """
        said = twiml.dial(number, ring_s=ring_s, caller_id=caller_id, then=then)
        await self._update(call_sid, {"Twiml": said})

    async def hang_up(self, call_sid: str) -> None:
        """End a call.

        Raises:
            TwilioRefused: The call is unchanged, or Twilio cannot be reached.
        """
        await self._update(call_sid, {"Status": "completed"})

    async def _update(self, call_sid: str, form: dict[str, str]) -> None:
        if not is_sid(call_sid):
            raise ValueError("the call's sid has unexpected characters")
        try:
            response = await self._client.post(f"{self._calls}/{call_sid}.json", data=form)
        except httpx.HTTPError:
            raise TwilioRefused(None) from None  # its text may quote the request
        if not response.is_success:
            raise TwilioRefused(response.status_code, _code(response))


@asynccontextmanager
async def open_rest(
    account_sid: str, auth_token: SecretStr, *, base_url: str = BASE_URL
) -> AsyncIterator[TwilioRest]:
    """A client for one Twilio account, open while the block runs."""
    async with httpx.AsyncClient(
        base_url=base_url,
        auth=(account_sid, auth_token.get_secret_value()),
        timeout=_TIMEOUT_S,
        trust_env=False,
    ) as client:
        yield TwilioRest(client, account_sid)


def _code(response: httpx.Response) -> int | None:
    try:
        code = response.json().get("code")
    except (ValueError, AttributeError):
        return None
    return code if isinstance(code, int) else None
