"""Stream tokens: proof that a media socket belongs to a call the webhook has just answered."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, Protocol

import orjson

from shop.clock import Clock

Reason = Literal["missing", "forged", "of another call", "expired", "used", "too many in use"]
LIFETIME = timedelta(seconds=30)


class TokenRefused(Exception):
    """A stream token opens nothing. `reason` is safe to log; the token is not part of it."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"stream token refused: {reason}")
        self.reason = reason


class TokenLedger(Protocol):
    """Remembers which tokens have been spent."""

    async def spend(self, nonce: str, *, until: datetime, now: datetime) -> bool:
        """Note a token as spent, to be remembered until `until`; false if it was already.

        Raises:
            TokenRefused: No more tokens can be remembered.
        """


class MemoryLedger:
    """Spent tokens of this process alone; `SharedLedger` is for several behind one address.

    When full it refuses rather than forgets.
    """

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._spent: dict[str, datetime] = {}

    def __len__(self) -> int:
        return len(self._spent)

    async def spend(self, nonce: str, *, until: datetime, now: datetime) -> bool:
        if nonce in self._spent:
            return False
        if len(self._spent) >= self._most:
            self._spent = {n: expires for n, expires in self._spent.items() if expires > now}
        if len(self._spent) >= self._most:
            raise TokenRefused("too many in use")
        self._spent[nonce] = until
        return True


def shared_secret(auth_token: str | None) -> bytes:
    """The key of the tokens: the same in every process that knows Twilio's auth token.

    Without one nobody but this machine may call, and each process keeps a key to itself.
    """
    if auth_token is None:
        return secrets.token_bytes(32)
    return hmac.new(auth_token.encode(), b"media stream tokens", hashlib.sha256).digest()


class StreamTokens:
    """Issues and verifies tokens that are signed, short-lived, single-use and bound to one call."""

    def __init__(
        self, secret: bytes, ledger: TokenLedger, clock: Clock, *, lifetime: timedelta = LIFETIME
    ) -> None:
        """Processes that share the secret take each other's tokens.

        Raises:
            ValueError: The secret is shorter than 16 bytes.
        """
        if len(secret) < 16:
            raise ValueError("the secret of the stream tokens must have at least 16 bytes")
        self._secret = secret
        self._ledger = ledger
        self._clock = clock
        self._lifetime = lifetime

    def issue(self, call_sid: str, claims: Mapping[str, str]) -> str:
        """A token for one call, carrying facts of the call that `verify` gives back.

        Readable by whoever holds it, so the claims must be no secret of the shop.
        """
        expires = self._clock() + self._lifetime
        body = _text(
            orjson.dumps([call_sid, expires.timestamp(), secrets.token_urlsafe(12), dict(claims)])
        )
        return f"{body}.{self._seal(body)}"

    async def verify(self, token: str, call_sid: str) -> dict[str, str]:
        """Spend a token.

        Raises:
            TokenRefused: It is missing, forged, expired, used, or of another call.
        """
        if not token:
            raise TokenRefused("missing")
        body, _, seal = token.rpartition(".")
        if not hmac.compare_digest(_bytes(self._seal(body)), _bytes(seal)):
            raise TokenRefused("forged")
        owner, expires_s, nonce, claims = orjson.loads(base64.urlsafe_b64decode(body + "=="))
        if owner != call_sid:
            raise TokenRefused("of another call")
        now = self._clock()
        expires = datetime.fromtimestamp(expires_s, tz=now.tzinfo)
        if expires <= now:
            raise TokenRefused("expired")
        if not await self._ledger.spend(nonce, until=expires, now=now):
            raise TokenRefused("used")
        return dict(claims)

    def _seal(self, body: str) -> str:
        return _text(hmac.new(self._secret, _bytes(body), hashlib.sha256).digest())


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
