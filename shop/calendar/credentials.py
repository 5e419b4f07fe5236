"""How the service proves to Google who it is: access tokens, got in time and never shown.

https://developers.google.com/identity/protocols/oauth2/service-account and
https://developers.google.com/identity/protocols/oauth2/web-server#offline.
"""

import asyncio
import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import httpx
from google.auth import crypt, jwt

from shop.calendar.errors import CalendarGarbled, NotAllowed, ServerTrouble, Transient, Unreachable
from shop.calendar.retry import retry_after
from shop.clock import Clock

SCOPE = "https://www.googleapis.com/auth/calendar"
TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address

_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ASSERTED_FOR = timedelta(hours=1)
_EARLY = timedelta(minutes=5)
_LONGEST = timedelta(days=1)
_TIMEOUT_S = 10.0
# RFC 6749, 4.1.2.1, and one of Google's own.
_PASSING = ("server_error", "temporarily_unavailable", "internal_failure")


class Grant(Protocol):
    """Something that access tokens are given for."""

    @property
    def token_url(self) -> str:
        """Where to ask for them."""

    def form(self, now: datetime) -> dict[str, str]:
        """What to ask with. Secret."""


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """The consent of a Google account, given once to an OAuth client."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    token_url: str = TOKEN_URL

    def form(self, now: datetime) -> dict[str, str]:
        """RFC 6749, section 6."""
        return {
            "grant_type": "refresh_token",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "refresh_token": self.refresh_token,
        }


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """An account that belongs to the service itself. Its calendar must be shared with `email`.

    Attributes:
        audience: The token endpoint as the account's file names it.
        token_url: Where that endpoint is really reached.
    """

    email: str
    signer: crypt.RSASigner = field(repr=False)
    audience: str = TOKEN_URL
    token_url: str = TOKEN_URL

    @classmethod
    def from_file(cls, path: Path, *, token_url: str | None = None) -> "ServiceAccount":
        """Read the JSON file that Google gives out for a service account.

        Raises:
            ValueError: It is not such a file. Says what is wrong, never what it holds.
            OSError: It cannot be read.
        """
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            raise ValueError(f"{path} is not JSON; download the account's key again") from None
        return cls._from(found, str(path), token_url)

    @classmethod
    def _from(cls, found: Any, where: str, token_url: str | None) -> "ServiceAccount":
        kind = found.get("type") if isinstance(found, dict) else None
        if kind != "service_account":
            raise ValueError(f'{where} is not a service account\'s key: "type" must say so')
        for name in ("client_email", "private_key", "private_key_id", "token_uri"):
            if not isinstance(found.get(name), str) or not found[name]:
                raise ValueError(f'{where} has no "{name}"; download the account\'s key again')
        try:
            signer = crypt.RSASigner.from_service_account_info(found)  # type: ignore[no-untyped-call]  # the library has no types
        except Exception:  # which ones is the library's secret, and their words may quote the key
            raise ValueError(f'{where} has a "private_key" that is not an RSA key') from None
        audience = found["token_uri"]
        return cls(found["client_email"], signer, audience, token_url or audience)

    def form(self, now: datetime) -> dict[str, str]:
        """RFC 7523, section 2.1."""
        claims = {
            "iss": self.email,
            "scope": SCOPE,
            "aud": self.audience,
            "iat": int(now.timestamp()),
            "exp": int((now + _ASSERTED_FOR).timestamp()),
        }
        signed: bytes = jwt.encode(self.signer, claims)  # type: ignore[no-untyped-call]  # see above
        return {"grant_type": _JWT_BEARER, "assertion": signed.decode()}


@dataclass(frozen=True, slots=True)
class _Token:
    value: str = field(repr=False)
    renew_at: datetime
    expires_at: datetime


class AccessTokens:
    """The access token of the moment. Renewed before it expires, by one request at a time."""

    def __init__(self, grant: Grant, client: httpx.AsyncClient, clock: Clock) -> None:
        """The client is the caller's to open and close."""
        self._grant = grant
        self._client = client
        self._clock = clock
        self._token: _Token | None = None
        self._renewing = asyncio.Lock()

    async def current(self) -> str:
        """A token that is good for some minutes yet.

        Raises:
            NotAllowed: The credentials are refused.
            Transient: No token can be had now.
        """
        if self._token is not None and self._clock() < self._token.renew_at:
            return self._token.value
        async with self._renewing:
            held = self._token
            if held is not None and self._clock() < held.renew_at:
                return held.value
            try:
                return await self._renew()
            except Transient:
                if held is not None and self._clock() < held.expires_at:
                    return held.value
                raise

    async def instead_of(self, refused: str) -> str:
        """Another token than one that was refused before its time.

        Raises:
            NotAllowed: The credentials are refused.
            Transient: No token can be had now.
        """
        async with self._renewing:
            if self._token is not None and self._token.value != refused:
                return self._token.value
            return await self._renew()

    async def _renew(self) -> str:
        asked_at = self._clock()
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                answer = await self._client.post(
                    self._grant.token_url, data=self._grant.form(asked_at)
                )
        except (TimeoutError, httpx.RequestError) as error:
            # The cause holds the request, and so the secrets.
            raise Unreachable(f"no access token: {type(error).__name__}") from None
        self._token = _read(answer, asked_at)
        return self._token.value


def _read(answer: httpx.Response, asked_at: datetime) -> _Token:
    found = decoded(answer)
    if answer.status_code == httpx.codes.OK:
        return _granted(found, asked_at)
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error:
        wait = retry_after(answer.headers.get("retry-after"), asked_at)
        raise ServerTrouble(f"no access token: HTTP {answer.status_code}", retry_after=wait)
    code = found.get("error") if isinstance(found, dict) else None
    if code in _PASSING:
        raise ServerTrouble(f"no access token: {code}")
    shown = code if isinstance(code, str) and re.fullmatch("[a-z_]{1,40}", code) else "no reason"
    raise NotAllowed(
        f"Google refuses the credentials (HTTP {answer.status_code}, {shown}); renew them, and"
        " check that this machine's clock is right"
    )


def _granted(found: Any, asked_at: datetime) -> _Token:
    match found:
        case {"access_token": str(value), "expires_in": int(seconds)} if (
            re.fullmatch("[!-~]+", value) and seconds > 0
        ):
            lasts = min(timedelta(seconds=seconds), _LONGEST)
            expires_at = asked_at + lasts
            return _Token(value, expires_at - min(_EARLY, lasts / 10), expires_at)
    raise CalendarGarbled("no access token: the answer cannot be understood")


def decoded(answer: httpx.Response) -> Any:
    """The JSON of an answer; None if it has none that can be read."""
    try:
        return json.loads(answer.content)
    except (ValueError, RecursionError):
        return None
