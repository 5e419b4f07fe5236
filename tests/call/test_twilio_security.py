"""The telephone routes are locked: whoever is not Twilio opens nothing and spends nothing."""

import asyncio
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import Connect, VoiceResponse
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from api.twilio.signature import HEADER
from evals.standins.echo import EchoDesk
from evals.standins.serve import serve
from evals.standins.twilio_wire import StreamMessages

pytestmark = pytest.mark.anyio
PUBLIC = "https://shop.example"
TOKEN = "the auth token"
CALL = "CA" + "a" * 32
FORM = {"CallSid": CALL, "From": "+12175550142", "To": "+12175550100", "CallStatus": "ringing"}
SOCKET = "wss://shop.example/twilio/media"


@dataclass
class Clock:
    now: datetime = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Service:
    """A running service, asked by hand."""

    http: httpx.AsyncClient
    desk: EchoDesk
    clock: Clock

    async def post(
        self, path: str = "/twilio/voice", *, form: dict[str, str] | None = None, key: str = TOKEN
    ) -> httpx.Response:
        """A webhook request that Twilio's own library has signed."""
        fields = FORM if form is None else form
        signature = RequestValidator(key).compute_signature(PUBLIC + path, fields)
        return await self.http.post(path, data=fields, headers={HEADER: signature})

    async def token(self, path: str = "/twilio/voice") -> str:
        """A token for the call's stream."""
        parameter = ET.fromstring((await self.post(path)).text).find(".//Parameter")  # noqa: S314
        assert parameter is not None
        return parameter.attrib["value"]

    @asynccontextmanager
    async def stream(
        self, token: str | None, *, key: str = TOKEN, url: str = SOCKET, call_sid: str = CALL
    ) -> AsyncIterator[ClientConnection]:
        """A media socket, signed by Twilio's own library, that has said what it is."""
        headers = {HEADER: RequestValidator(key).compute_signature(url, {})}
        address = str(self.http.base_url).replace("http", "ws", 1).rstrip("/") + "/twilio/media"
        messages = StreamMessages(stream_sid="MZ1", call_sid=call_sid, account_sid="AC1")
        async with connect(address, additional_headers=headers, proxy=None) as socket:
            await socket.send(messages.start({} if token is None else {"token": token}))
            yield socket

    async def refused(self, token: str | None, *, call_sid: str = CALL) -> int:
        """The code a socket is closed with that must not get through."""
        async with self.stream(token, call_sid=call_sid) as socket:
            with pytest.raises(ConnectionClosed):
                await socket.recv()
        assert socket.close_code is not None
        return socket.close_code


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """A service that knows Twilio's token, with nobody on the line."""
    clock = Clock()
    desk = EchoDesk(clock)
    app = desk.app(public_url=PUBLIC, auth_token=TOKEN)
    async with (
        serve(app) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as client,
    ):
        yield Service(client, desk, clock)


@pytest.mark.parametrize("path", ["/twilio/voice", "/twilio/status", "/twilio/voice?again=1"])
async def test_a_webhook_without_a_right_signature_opens_nothing(
    service: Service, path: str
) -> None:
    unsigned = await service.http.post(path, data=FORM)
    wrong = await service.post(path, key="another token")
    moved = await service.http.post(
        path,
        data={**FORM, "From": "+12175550199"},
        headers={HEADER: RequestValidator(TOKEN).compute_signature(PUBLIC + path, FORM)},
    )
    for answer in (unsigned, wrong, moved):
        assert answer.status_code == 403
        assert answer.content == b""
    assert service.desk.calls == []
    assert service.desk.statuses == []


@pytest.mark.parametrize(
    ("key", "url"),
    [("another token", SOCKET), (TOKEN, "https://shop.example/twilio/media"), (TOKEN, PUBLIC)],
    ids=["another key", "the https form of the address", "another address"],
)
async def test_an_upgrade_without_a_right_signature_is_not_accepted(
    service: Service, key: str, url: str
) -> None:
    token = await service.token()
    with pytest.raises(InvalidStatus) as caught:
        async with service.stream(token, key=key, url=url):
            pass
    assert caught.value.response.status_code == 403
    assert service.desk.calls == []
    async with service.stream(token) as socket:
        await socket.recv()
    assert len(service.desk.calls) == 1


async def test_an_unsigned_upgrade_is_not_accepted(service: Service) -> None:
    address = str(service.http.base_url).replace("http", "ws", 1).rstrip("/") + "/twilio/media"
    with pytest.raises(InvalidStatus):
        async with connect(address, proxy=None):
            pass
    assert service.desk.calls == []


async def test_a_stream_needs_a_token_of_this_call(service: Service) -> None:
    assert await service.refused(None) == 1008
    assert await service.refused("forged.token") == 1008
    assert await service.refused(EchoDesk(service.clock).tokens.issue(CALL, {})) == 1008
    assert await service.refused(await service.token(), call_sid="CA" + "b" * 32) == 1008
    assert service.desk.calls == []


async def test_a_token_opens_one_stream(service: Service) -> None:
    token = await service.token()
    async with service.stream(token) as socket:
        await socket.recv()
    assert await service.refused(token) == 1008
    assert len(service.desk.calls) == 1


async def test_a_token_expires(service: Service) -> None:
    token = await service.token()
    service.clock.now += timedelta(seconds=31)
    assert await service.refused(token) == 1008
    assert service.desk.calls == []


async def test_a_second_stream_of_a_live_call_is_refused(service: Service) -> None:
    async with service.stream(await service.token()) as socket:
        await socket.recv()
        assert await service.refused(await service.token()) == 1008
        assert not service.desk.calls[0].closed.is_set()
    assert len(service.desk.calls) == 1


async def test_a_resumed_stream_takes_the_place_of_one_that_is_dead(service: Service) -> None:
    async with service.stream(await service.token()) as first:
        await first.recv()
        async with service.stream(await service.token("/twilio/voice?again=1")) as second:
            await second.recv()
            assert service.desk.calls[0].times_closed == 1
            assert not service.desk.calls[1].closed.is_set()
            await first.wait_closed()
    assert [call.incoming.resumed for call in service.desk.calls] == [False, True]


async def test_the_answer_is_what_twilios_own_library_would_write(service: Service) -> None:
    answer = await service.post()
    assert answer.headers["content-type"].startswith("application/xml")
    parameter = ET.fromstring(answer.text).find(".//Parameter")  # noqa: S314 - our own answer
    assert parameter is not None
    expected = VoiceResponse()
    connected = Connect()
    connected.stream(url=SOCKET).parameter(name="token", value=parameter.attrib["value"])
    expected.append(connected)
    expected.redirect("https://shop.example/twilio/voice?again=1", method="POST")
    assert ET.canonicalize(answer.text) == ET.canonicalize(str(expected))


@pytest.mark.parametrize("path", ["/twilio/incoming-call", "/twilio/inbound-call"])
async def test_the_other_spellings_of_the_webhook(service: Service, path: str) -> None:
    answer = await service.post(path)
    assert "/twilio/voice?again=1" in answer.text


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"From": "+12175550142"}, "CallSid"),
        ({"CallSid": "CA 1", "From": "+12175550142"}, "CallSid"),
        ({"CallSid": " ", "From": "+12175550142"}, "CallSid"),
    ],
)
async def test_a_bad_field_is_named(service: Service, form: dict[str, str], field: str) -> None:
    answer = await service.post(form=form)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", field]


@pytest.mark.parametrize(
    ("number", "known"),
    [
        ("Anonymous", ""), ("+266696687", ""), ("+7378742833", ""), ("sip:bart@shop.example", ""),
        ("client:web", ""), ("Restricted", ""), ("nonsense", ""), ("+", ""), (" ", ""),
        ("+44 20 7946 0958", "+442079460958"),
    ],
)  # fmt: skip
async def test_a_withheld_number_is_no_number(service: Service, number: str, known: str) -> None:
    answer = await service.post(form={**FORM, "From": number})
    parameter = ET.fromstring(answer.text).find(".//Parameter")  # noqa: S314 - our own answer
    assert parameter is not None
    async with service.stream(parameter.attrib["value"]) as socket:
        await socket.recv()
        assert service.desk.calls[0].incoming.caller_number == known


async def test_a_call_that_is_over_is_not_opened_again(service: Service) -> None:
    async with service.stream(await service.token()) as socket:
        await socket.recv()
        service.desk.calls[0].ended = True
    for path in ("/twilio/voice", "/twilio/voice?again=1"):
        answer = await service.post(path)
        assert ET.canonicalize(answer.text) == "<Response><Hangup></Hangup></Response>"


async def test_a_body_over_64_kib_is_not_read(service: Service) -> None:
    answer = await service.http.post("/twilio/voice", content=b"a=" + b"x" * 70_000)
    assert answer.status_code == 413
    answer = await service.http.post("/twilio/voice", content=b"&".join([b"a=1"] * 500))
    assert answer.status_code == 413


async def test_a_body_that_is_no_form_is_refused(service: Service) -> None:
    answer = await service.http.post("/twilio/voice", content=b"\x00\xff%ZZ&&==")
    assert answer.status_code == 403


async def test_a_status_is_passed_on(service: Service) -> None:
    form = {"CallSid": CALL, "CallStatus": "completed", "CallDuration": "42"}
    assert (await service.post("/twilio/status", form=form)).status_code == 204
    bad = await service.post("/twilio/status", form={**form, "CallStatus": "<script>"})
    assert bad.status_code == 422
    assert [(s.status, s.duration_s) for s in service.desk.statuses] == [("completed", 42)]


@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-for": "203.0.113.9"},
        {"forwarded": "for=203.0.113.9"},
        {"host": "evil.example"},
    ],
    ids=["behind a proxy", "behind another proxy", "under another name"],
)
async def test_without_twilio_only_this_machine_may_call(headers: dict[str, str]) -> None:
    desk = EchoDesk()
    async with serve(desk.app()) as url, httpx.AsyncClient(trust_env=False) as client:
        inside = await client.post(f"{url}/twilio/voice", data=FORM)
        outside = await client.post(f"{url}/twilio/voice", data=FORM, headers=headers)
        assert f'url="ws://{httpx.URL(url).netloc.decode()}/twilio/media"' in inside.text
        address = url.replace("http", "ws", 1) + "/twilio/media"
        given = {name: value for name, value in headers.items() if name != "host"}
        if given:
            with pytest.raises(InvalidStatus):
                async with connect(address, additional_headers=given, proxy=None):
                    pass
    assert outside.status_code == 403
    assert desk.calls == []


@pytest.mark.parametrize("client", ["203.0.113.9", "10.0.0.5", "::ffff:10.0.0.5"])
async def test_without_twilio_another_machine_is_refused(client: str) -> None:
    transport = httpx.ASGITransport(EchoDesk().app(), client=(client, 40_000))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as outside:
        assert (await outside.post("/twilio/voice", data=FORM)).status_code == 403


async def test_many_strangers_at_once_do_not_keep_twilio_out(service: Service) -> None:
    async def strange() -> None:
        answer = await service.http.post("/twilio/voice", data=FORM)
        assert answer.status_code == 403

    await asyncio.gather(*(strange() for _ in range(60)))
    async with service.stream(await service.token()) as socket:
        await socket.recv()
    assert len(service.desk.calls) == 1
