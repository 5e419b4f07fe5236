"""The token endpoint: access tokens for a service account's signature or for a refresh token.

https://developers.google.com/identity/protocols/oauth2/service-account and RFC 6749, RFC 7523.
"""

import base64
import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import crypt
from starlette.responses import JSONResponse, Response

from shop.clock import Clock

SCOPES = (
    "https://www.googleapis.com/auth/calendar",
    "https://www.googleapis.com/auth/calendar.events",
)
GOOGLE = "https://oauth2.googleapis.com/token"

_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SKEW = timedelta(minutes=5)
_LONGEST = timedelta(hours=1)


class Tokens:
    """One Google account and one service account, and the access tokens they were given.

    Attributes:
        account: The service account's address.
        granted: How many access tokens were given.
        lasts: How long they last.
    """

    def __init__(self, clock: Clock, lasts: timedelta) -> None:
        self._clock = clock
        self.lasts = lasts
        self.granted = 0
        self.account = "sophie@stand-in.iam.gserviceaccount.com"
        self.client_id = f"{secrets.token_hex(6)}.apps.googleusercontent.com"
        self.client_secret = "GOCSPX-" + secrets.token_urlsafe(18)
        self.refresh_token = "1//" + secrets.token_urlsafe(30)
        self._key_id = secrets.token_hex(20)
        self._revoked = False
        self._given: dict[str, datetime] = {}

    def key_file(self, token_url: str = GOOGLE) -> dict[str, str]:
        """What the service account's JSON file holds."""
        return {
            "type": "service_account",
            "project_id": "stand-in",
            "private_key_id": self._key_id,
            "private_key": _keys()[0],
            "client_email": self.account,
            "client_id": "100000000000000000000",
            "token_uri": token_url,
        }

    def good(self, authorization: str) -> bool:
        """Whether this header holds a token that is valid now."""
        scheme, _, token = authorization.partition(" ")
        until = self._given.get(token) if scheme.lower() == "bearer" else None
        return until is not None and self._clock() < until

    def forget(self) -> None:
        """Every access token stops working before its time. New ones are given."""
        self._given.clear()

    def revoke(self) -> None:
        """The owner takes the consent back: no token works, and no new one is given."""
        self._given.clear()
        self._revoked = True

    def grant(self, form: Mapping[str, str], *, audience: str) -> Response:
        """Answer a token request."""
        kind = form.get("grant_type")
        if kind == "refresh_token":
            refused = self._refresh_refused(form)
        elif kind == _JWT_BEARER:
            refused = self._assertion_refused(form.get("assertion", ""), audience)
        else:
            refused = _refusal(400, "unsupported_grant_type", f"Invalid grant_type: {kind}")
        if refused is not None:
            return refused
        token = "ya29." + secrets.token_urlsafe(40)
        self._given[token] = self._clock() + self.lasts
        self.granted += 1
        answer: dict[str, Any] = {
            "access_token": token,
            "expires_in": int(self.lasts.total_seconds()),
            "token_type": "Bearer",
        }
        return JSONResponse(answer | ({"scope": SCOPES[0]} if kind == "refresh_token" else {}))

    def _refresh_refused(self, form: Mapping[str, str]) -> Response | None:
        client = (form.get("client_id", ""), form.get("client_secret", ""))
        if client[0] != self.client_id:
            return _refusal(401, "invalid_client", "The OAuth client was not found.")
        if not secrets.compare_digest(client[1], self.client_secret):
            return _refusal(401, "invalid_client", "Unauthorized")
        same = secrets.compare_digest(form.get("refresh_token", ""), self.refresh_token)
        if self._revoked or not same:
            return _refusal(400, "invalid_grant", "Token has been expired or revoked.")
        return None

    def _assertion_refused(self, assertion: str, audience: str) -> Response | None:
        try:
            head, claims = _verified(assertion)
        except ValueError:
            return _refusal(400, "invalid_grant", "Invalid JWT Signature.")
        if head.get("alg") != "RS256" or head.get("kid") != self._key_id:
            return _refusal(400, "invalid_grant", "Invalid JWT Signature.")
        if claims.get("iss") != self.account or self._revoked:
            return _refusal(400, "invalid_grant", "Invalid grant: account not found")
        if claims.get("aud") not in (audience, GOOGLE):
            return _refusal(400, "invalid_grant", "Invalid JWT: Failed audience check.")
        if not set(str(claims.get("scope", "")).split()) & set(SCOPES):
            return _refusal(400, "invalid_scope", "Invalid OAuth scope or ID token audience.")
        return None if self._timely(claims) else _refusal(400, "invalid_grant", _UNTIMELY)

    def _timely(self, claims: dict[str, Any]) -> bool:
        now = self._clock()
        made, ends = claims.get("iat"), claims.get("exp")
        if not isinstance(made, int) or not isinstance(ends, int):
            return False
        short = 0 < ends - made <= _LONGEST.total_seconds()
        since, until = now.timestamp() - made, ends - now.timestamp()
        return short and since > -_SKEW.total_seconds() and until > 0


_UNTIMELY = (
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."
    " Check your iat and exp values in the JWT claim."
)


@cache
def _keys() -> tuple[str, str]:
    """A private and its public key, made once: it takes a while."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


def _verified(assertion: str) -> tuple[dict[str, Any], dict[str, Any]]:
    signed, _, signature = assertion.rpartition(".")
    verifier = crypt.RSAVerifier.from_string(_keys()[1])  # type: ignore[no-untyped-call]  # the library has no types
    if not verifier.verify(signed.encode(), _decoded(signature)):
        raise ValueError("the signature does not fit")
    head, _, claims = signed.partition(".")
    return json.loads(_decoded(head)), json.loads(_decoded(claims))


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _refusal(status: int, error: str, description: str) -> Response:
    return JSONResponse({"error": error, "error_description": description}, status)
