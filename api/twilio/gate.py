"""Who may talk to the telephone routes, and under which address Twilio finds them."""

import ipaddress
from dataclasses import dataclass, field

from pydantic import SecretStr
from starlette.requests import HTTPConnection

from api.twilio.signature import HEADER, Params, socket_url, valid

VOICE, STATUS, MEDIA = "/twilio/voice", "/twilio/status", "/twilio/media"
DIALED, WHISPER = "/twilio/dialed", "/twilio/whisper"
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


@dataclass(frozen=True, slots=True)
class Gate:
    """With Twilio configured its signature opens the door; without it only this machine may in."""

    public_url: str | None = None
    auth_token: SecretStr | None = field(default=None, repr=False)

    def admits(self, peer: HTTPConnection, params: Params = ()) -> bool:
        """Whether a request, or a WebSocket upgrade, may be served."""
        if self.auth_token is None or self.public_url is None:
            return _is_this_machine(peer)
        asked = _path(peer)
        if peer.scope["type"] == "websocket":
            url = socket_url(self.public_url, asked)
        else:
            url = self.public_url.rstrip("/") + asked
        token = self.auth_token.get_secret_value()
        return valid(url, params, token, peer.headers.get(HEADER))

    def stream_url(self, peer: HTTPConnection) -> str:
        """Where the caller's audio goes."""
        return socket_url(self._origin(peer), MEDIA)

    def voice_url(self, peer: HTTPConnection, *, again: int, transfer: str = "") -> str:
        """Where Twilio asks what to do once a stream has ended, for the `again`-th time.

        Args:
            transfer: How ringing a person for the caller has ended, if they come back from it.
        """
        back = f"&transfer={transfer}" if transfer else ""
        return f"{self._origin(peer).rstrip('/')}{VOICE}?again={again}{back}"

    def dialed_url(self, peer: HTTPConnection, *, again: int) -> str:
        """Where Twilio tells how ringing somebody ended, after `again` streams of the call."""
        return f"{self._origin(peer).rstrip('/')}{DIALED}?again={again}"

    def whisper_url(self, peer: HTTPConnection) -> str:
        """Where Twilio asks what to say to whoever picks up, before the caller is connected."""
        return f"{self._origin(peer).rstrip('/')}{WHISPER}"

    def _origin(self, peer: HTTPConnection) -> str:
        return self.public_url or f"http://{peer.headers['host']}"


def _path(peer: HTTPConnection) -> str:
    # The bytes that were asked for: decoding and encoding them again may not give them back.
    path = bytes(peer.scope.get("raw_path") or peer.scope["path"].encode()).decode("latin-1")
    query = bytes(peer.scope.get("query_string", b"")).decode("latin-1")
    return f"{path}?{query}" if query else path


def _is_this_machine(peer: HTTPConnection) -> bool:
    # A tunnel or a proxy connects from here on behalf of anybody, and a web page can give a name
    # of its own to this address: both show in the headers.
    if peer.client is None or any(name in peer.headers for name in _FORWARDED):
        return False
    return _is_loopback(peer.client.host) and _is_loopback(_host(peer.headers.get("host", "")))


def _host(authority: str) -> str:
    if authority.startswith("["):
        return authority[1:].partition("]")[0]
    return authority.partition(":")[0]


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
