"""Is it really Twilio? Rules: https://www.twilio.com/docs/usage/security#validating-requests.

HMAC-SHA1, keyed with the auth token, over the full public URL followed by each POST parameter's
name and value in order of name. A WebSocket upgrade has no parameters and a `wss://` URL.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator

HEADER = "X-Twilio-Signature"
Params = Iterable[tuple[str, str]]
_ORIGIN = re.compile(r"(?P<scheme>[a-z]+)://(?P<host>[^/?#]*?)(?P<port>:\d+)?(?=[/?#]|$)")
_PORTS = {"https": ":443", "wss": ":443", "http": ":80", "ws": ":80"}
_SOCKET_SCHEMES = {"https": "wss", "http": "ws", "wss": "wss", "ws": "ws"}


def sign(url: str, params: Params, auth_token: str) -> str:
    """The signature Twilio puts on a request to `url`: base64 of an HMAC-SHA1."""
    signed = url + "".join(name + value for name, value in sorted(set(params)))
    digest = hmac.new(auth_token.encode(), signed.encode("utf-8", "surrogatepass"), hashlib.sha1)
    return base64.b64encode(digest.digest()).decode("ascii")


def valid(url: str, params: Params, auth_token: str, signature: str | None) -> bool:
    """Whether a signature is right, in constant time for its length.

    Twilio signs a URL with or without its port, not predictably, so either form is accepted.
    """
    if not signature:
        return False
    given = signature.encode("utf-8", "surrogatepass")
    pairs = list(params)
    matches = [
        hmac.compare_digest(sign(form, pairs, auth_token).encode(), given) for form in _forms(url)
    ]
    return any(matches)


def socket_url(public_url: str, path: str) -> str:
    """The address of a WebSocket below a public URL, as Twilio dials and signs it.

    Raises:
        ValueError: The public URL does not begin with http:// or https://.
    """
    scheme, found, rest = public_url.partition("://")
    if not found or scheme not in _SOCKET_SCHEMES:
        raise ValueError("the public URL must begin with https:// (or http://)")
    return f"{_SOCKET_SCHEMES[scheme]}://{rest.rstrip('/')}{path}"


def _forms(url: str) -> Iterator[str]:
    yield url
    origin = _ORIGIN.match(url)
    if origin is None:
        return
    port = "" if origin["port"] else _PORTS.get(origin["scheme"], "")
    yield f"{origin['scheme']}://{origin['host']}{port}{url[origin.end() :]}"
