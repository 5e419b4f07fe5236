"""Who may type to Sophie: this machine, or whoever has the token; and how much anybody may send."""

from typing import Any

import pytest
from fastapi import HTTPException
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.types import Message

from api.guard import MAX_BODY, BodyLimit, is_local, local_or_token

pytestmark = pytest.mark.anyio
TOKEN = "open-sesame"


def _from(
    peer: str | None = "127.0.0.1", host: str = "127.0.0.1:8000", **headers: str
) -> HTTPConnection:
    sent = {"host": host, **headers}
    return HTTPConnection(
        {
            "type": "http",
            "path": "/v1/calls",
            "scheme": "http",
            "server": ("127.0.0.1", 8000),
            "client": (peer, 50000) if peer else None,
            "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in sent.items()],
            "app": Starlette(),
        }
    )


@pytest.mark.parametrize(
    "request_",
    [
        _from(),
        _from(host="localhost:8000"),
        _from(host="localhost"),
        _from(peer="::1", host="[::1]:8000"),
        _from(peer="127.8.9.1"),
        _from(peer="::ffff:127.0.0.1"),
    ],
    ids=["by number", "by name", "without a port", "IPv6", "another loopback", "IPv4 in IPv6"],
)
def test_this_machine_is_local(request_: HTTPConnection) -> None:
    assert is_local(request_)


@pytest.mark.parametrize(
    "request_",
    [
        _from(peer="10.0.0.7"),
        _from(peer="2001:db8::7", host="[2001:db8::1]"),
        _from(peer=None),
        _from(peer="10.0.0.7", host="localhost"),
        _from(host="evil.example"),
        _from(host="evil.example:8000"),
        _from(host="localhost.evil.example"),
        _from(host="127.0.0.1.evil.example"),
        _from(host="localhost@evil.example"),
        _from(host="10.0.0.1:8000"),
        _from(host=""),
        _from(x_forwarded_for="203.0.113.9"),
        _from(x_forwarded_for="127.0.0.1"),
        _from(forwarded="for=127.0.0.1"),
        _from(x_forwarded_host="localhost"),
        _from(x_real_ip="127.0.0.1"),
        _from(via="1.1 tunnel"),
    ],
    ids=[
        "another machine", "another machine by IPv6", "nobody knows who", "a lie about the host",
        "a rebound name", "a rebound name with a port", "a name that begins well",
        "a number that begins well", "a user before the host", "our address in the net", "no host",
        "a proxy", "a proxy that calls itself local", "a standard proxy", "a proxy with our name",
        "a proxy with an address", "a tunnel",
    ],
)  # fmt: skip
def test_nobody_else_is(request_: HTTPConnection) -> None:
    assert not is_local(request_)


@pytest.mark.parametrize(
    ("token", "headers", "status"),
    [
        (None, {}, None),
        (None, {"host": "evil.example"}, 403),
        (TOKEN, {"authorization": f"Bearer {TOKEN}"}, None),
        (TOKEN, {"authorization": f"bearer {TOKEN}"}, None),
        (TOKEN, {"authorization": f"Bearer {TOKEN}", "host": "sophie.example"}, None),
        (TOKEN, {}, 401),
        (TOKEN, {"authorization": ""}, 401),
        (TOKEN, {"authorization": "Bearer "}, 401),
        (TOKEN, {"authorization": f"Bearer {TOKEN}x"}, 401),
        (TOKEN, {"authorization": f"Basic {TOKEN}"}, 401),
        (TOKEN, {"authorization": TOKEN}, 401),
        (TOKEN, {"authorization": "Bearer \u00e9"}, 401),
    ],
    ids=[
        "no token asked, from here", "no token asked, from elsewhere", "the right one",
        "the scheme in small letters", "the right one from elsewhere", "none", "an empty header",
        "an empty token", "a wrong one", "another scheme", "no scheme", "not ASCII",
    ],
)  # fmt: skip
async def test_the_token_lets_in(
    token: str | None, headers: dict[str, str], status: int | None
) -> None:
    request = _from(**headers)
    request.app.state.api_token = token
    if status is None:
        await local_or_token(request)
        return
    with pytest.raises(HTTPException) as refused:
        await local_or_token(request)
    assert refused.value.status_code == status
    assert "API_TOKEN" in refused.value.detail
    assert TOKEN not in refused.value.detail


async def _sent(announced: str | None, *chunks: bytes) -> tuple[list[Message], int]:
    """What a reader of a whole body makes of it: the answer, and the bytes it was given."""
    waiting = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    waiting.append({"type": "http.request", "body": b"", "more_body": False})
    answer: list[Message] = []
    size = 0

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal size
        more = True
        while more:
            message = await receive()
            size += len(message["body"])
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(message: Message) -> None:
        answer.append(message)

    headers = [] if announced is None else [(b"content-length", announced.encode())]
    await BodyLimit(app)({"type": "http", "headers": headers}, receive, send)
    return answer, size


@pytest.mark.parametrize("announced", [str(MAX_BODY), None], ids=["announced", "in chunks"])
async def test_a_body_up_to_the_limit_is_read(announced: str | None) -> None:
    answer, size = await _sent(announced, b"x" * 1000, b"x" * (MAX_BODY - 1000))
    assert (answer[0]["status"], size) == (200, MAX_BODY)


@pytest.mark.parametrize("announced", [str(MAX_BODY + 1), "9" * 30, "many", "-1"])
async def test_a_body_announced_as_too_large_is_not_read_at_all(announced: str) -> None:
    answer, size = await _sent(announced, b"x")
    assert (answer[0]["status"], size) == (413, 0)


async def test_a_body_that_grows_too_large_is_given_up() -> None:
    with pytest.raises(HTTPException) as refused:
        await _sent(None, *[b"x" * 1024] * 65)
    assert refused.value.status_code == 413
