"""What the calls of one Twilio account share, and what sets one call apart."""

import secrets
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from api.twilio.signature import HEADER, sign
from evals.standins.twilio_stream import Faults

Kind = Literal["voice", "media", "status", "dial"]


@dataclass(frozen=True, slots=True)
class Carrier:
    """What the calls of one account share.

    Attributes:
        account_sid: The account.
        auth_token: The key of the signatures; without one nothing is signed.
        public_url: The service's address as Twilio knows it, and signs it.
        reach: Where that address is really reached, such as `http://127.0.0.1:8000`.
    """

    account_sid: str
    auth_token: str | None = field(default=None, repr=False)
    public_url: str | None = None
    reach: str | None = None

    def address(self, url: str) -> str:
        """Where to connect to for a URL of the service."""
        if self.public_url is None or self.reach is None:
            return url
        asked, public, real = urlsplit(url), urlsplit(self.public_url), urlsplit(self.reach)
        if asked.netloc != public.netloc:
            return url
        scheme = "ws" if asked.scheme in ("ws", "wss") else "http"
        return asked._replace(scheme=scheme, netloc=real.netloc).geturl()

    def signature(
        self, url: str, params: dict[str, str], kind: Kind, faults: Faults
    ) -> dict[str, str]:
        """The signature header, or what a fault makes of it."""
        if self.auth_token is None or kind in faults.unsigned:
            return {}
        key = "wrong" if kind in faults.bad_signature else self.auth_token
        return {HEADER: sign(url, params.items(), key)}


@dataclass(frozen=True, slots=True)
class Plan:
    """One call to be placed.

    Attributes:
        voice_url: The webhook that is asked what to do.
        status_url: Where the end of the call is reported; none reports nothing.
        caller: The number that is shown.
        called: The shop's number.
        faults: What goes wrong.
        pace: How many times faster than real time the handset runs.
        call_sid: The call's id.
    """

    voice_url: str
    status_url: str | None
    caller: str
    called: str
    faults: Faults = field(default_factory=Faults)
    pace: float = 1.0
    call_sid: str = field(default_factory=lambda: "CA" + secrets.token_hex(16))

    def form(self, account_sid: str, status: str) -> dict[str, str]:
        """What Twilio posts about the call, in this state of it."""
        return {
            "AccountSid": account_sid,
            "ApiVersion": "2010-04-01",
            "CallSid": self.call_sid,
            "CallStatus": status,
            "Caller": self.caller,
            "Called": self.called,
            "Direction": "inbound",
            "From": self.caller,
            "To": self.called,
        }
