"""The part of Twilio's REST API that moves and ends live calls.

https://www.twilio.com/docs/voice/api/call-resource#update-a-call-resource
"""

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

    def __init__(
        self,
        account_sid: str,
        auth_token: SecretStr,
        client: httpx.AsyncClient,
        base_url: str | None = None,
    ) -> None:
        """The client stays the caller's to close; without a base URL it is Twilio itself."""
        base = (base_url or BASE_URL).rstrip("/")
        self._calls = f"{base}/2010-04-01/Accounts/{account_sid}/Calls"
        self._auth = httpx.BasicAuth(account_sid, auth_token.get_secret_value())
        self._client = client

    async def transfer(self, call_sid: str, wanted: twiml.Dial) -> None:
        """Ring somebody for the caller; their media stream ends.

        Raises:
            TwilioRefused: The call is unchanged, or Twilio cannot be reached.
        """
        await self._update(call_sid, {"Twiml": twiml.dial(wanted)})

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
            response = await self._client.post(
                f"{self._calls}/{call_sid}.json", data=form, auth=self._auth, timeout=_TIMEOUT_S
            )
        except httpx.HTTPError:
            raise TwilioRefused(None) from None  # its text may quote the request
        if not response.is_success:
            raise TwilioRefused(response.status_code, _code(response))


def _code(response: httpx.Response) -> int | None:
    try:
        code = response.json().get("code")
    except (ValueError, AttributeError):
        return None
    return code if isinstance(code, int) else None
