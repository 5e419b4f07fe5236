"""One telephone call as the carrier sees it: webhook, TwiML, stream, status callback."""

import asyncio
import secrets
import xml.etree.ElementTree as ET
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urljoin

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake

from evals.standins.twilio_carrier import Carrier, Kind, Plan
from evals.standins.twilio_dial import Dialled, Fields, Picks
from evals.standins.twilio_stream import Event, Handset, Stream, frames_of
from evals.standins.twilio_tape import Tape
from evals.standins.twilio_wire import StreamMessages

_MOST_VERBS = 100
_RING_LOOK_S = 0.02


class CallEnded(Exception):
    """The call ended while something was still expected of it."""


class PhoneCall:
    """A caller on the line. Use it as an async context: leaving it hangs up.

    Attributes:
        call_sid: The call's id.
        statuses: HTTP statuses of the voice webhook, in order.
        refusals: HTTP statuses of refused media sockets, in order.
        dialed: Numbers the TwiML rang.
        told: What was told about dialling, and the HTTP status of the answer, in order.
        picks: What happens at the other end, one for each number that is rung; answered after.
        whispered: What whoever picked up was told.
        spoken: Texts the TwiML said.
    """

    def __init__(self, carrier: Carrier, plan: Plan) -> None:
        self.call_sid = plan.call_sid
        self.statuses: list[int] = []
        self.refusals: list[int] = []
        self.dialed: list[str] = []
        self.told: list[tuple[Fields, int]] = []
        self.picks: deque[Picks] = deque()
        self.whispered: list[str] = []
        self.spoken: list[str] = []
        self._carrier = carrier
        self._reaches_then: str | None = None
        self._plan = plan
        self._handset = Handset(pace=plan.pace, faults=plan.faults)
        self._stream: Stream | None = None
        self._orders: str | None = None
        self._hung_up = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "PhoneCall":
        self.begin()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.hang_up()
        await self.over()

    def begin(self) -> None:
        """Ring."""
        self._handset.answered()
        self._task = asyncio.create_task(self._run())

    @property
    def events(self) -> list[Event]:
        """Everything that happened, in order."""
        return self._handset.events

    @property
    def violations(self) -> list[str]:
        """What the service sent that Twilio would not understand."""
        return self._handset.violations

    @property
    def tape(self) -> Tape:
        """Both sides as they were heard."""
        return self._handset.tape

    @property
    def now_ms(self) -> int:
        """Milliseconds since the call was answered."""
        return self._handset.now_ms

    def reaches(self, url: str, *, redirected: bool = False) -> None:
        """The service's address leads here from now on: another process behind it takes over.

        Args:
            redirected: Only once the one that is reached now has sent the call back there.
        """
        if redirected:
            self._reaches_then = url
        else:
            self._carrier = replace(self._carrier, reach=url)

    @property
    def ended(self) -> bool:
        """Whether the call is over."""
        return self._task is not None and self._task.done()

    @property
    def pending_ms(self) -> int:
        """How much of the agent's audio is still to be played."""
        return self._stream.pending_ms if self._stream else 0

    @property
    def heard_ms(self) -> int | None:
        """When the agent was last audible."""
        return self._handset.heard_ms

    def say(self, ulaw: bytes) -> None:
        """Speak, after what is being said already."""
        self._handset.saying.extend(frames_of(ulaw))
        self._handset.note("caller speaks", f"{len(ulaw) // 8} ms")

    def press(self, digit: str) -> None:
        """Press a key."""
        self._handset.digits.append(digit)

    def hang_up(self) -> None:
        """The caller puts the receiver down."""
        self._hung_up = True

    def drop(self) -> None:
        """The media socket is torn off; the call itself goes on."""
        self._handset.drop_asked = True

    def redirect(self, twiml: str) -> None:
        """The carrier is told over REST to go on with other TwiML."""
        self._orders = twiml

    async def until(self, wanted: Callable[[], bool], *, patience_s: float = 60) -> None:
        """Wait until something is so; it is looked at every 20 ms of the call.

        Raises:
            CallEnded: The call ended first.
            TimeoutError: Patience was lost first.
        """
        assert self._task is not None
        async with asyncio.timeout(patience_s):
            while not wanted():
                ticked = asyncio.ensure_future(self._handset.ticked.wait())
                await asyncio.wait({ticked, self._task}, return_when=asyncio.FIRST_COMPLETED)
                ticked.cancel()
                if self._task.done() and not wanted():
                    raise CallEnded

    async def said(self) -> None:
        """Wait until the caller has said everything."""
        await self.until(lambda: not self._handset.saying)

    async def quiet(self, ms: int) -> None:
        """Wait until the agent has spoken after the caller, and has been silent for so long."""
        await self.until(lambda: self._has_been_quiet(ms))

    async def speaking(self, ms: int) -> None:
        """Wait until the agent has been speaking for so long after the caller."""
        await self.until(lambda: self._has_spoken(ms))

    def _has_spoken(self, ms: int) -> bool:
        handset = self._handset
        return handset.since_ms is not None and handset.now_ms - handset.since_ms >= ms

    def _has_been_quiet(self, ms: int) -> bool:
        handset = self._handset
        if handset.heard_ms is None or handset.saying or self.pending_ms:
            return False
        answered = handset.said_ms is None or handset.heard_ms > handset.said_ms
        return answered and handset.now_ms - handset.heard_ms >= ms

    async def over(self) -> None:
        """Wait until the call has ended and its status callback was posted."""
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        # A connection that is kept may be closing just as it is used again: that is this client's
        # mishap, and no answer of the service.
        fresh = httpx.Limits(max_keepalive_connections=0)
        async with httpx.AsyncClient(trust_env=False, timeout=15, limits=fresh) as client:
            await self._follow(client)
            await self._post_status(client, "completed")

    async def _follow(self, client: httpx.AsyncClient) -> None:
        url = self._plan.voice_url
        twiml = await self._ask(client, url, "ringing")
        for _ in range(_MOST_VERBS):
            verb = twiml.pop(0) if twiml else None
            if self._hung_up or verb is None or verb.tag == "Hangup":
                return
            if verb.tag == "Redirect":
                if self._reaches_then is not None:
                    self.reaches(self._reaches_then)
                url = urljoin(url, (verb.text or "").strip())
                twiml = await self._ask(client, url, "in-progress")
            elif verb.tag == "Dial":
                followed = await self._dial(client, verb)
                twiml = twiml if followed is None else followed
            else:
                await self._perform(verb)
            if self._orders is not None:
                twiml, self._orders = _verbs(self._orders), None
        self._handset.note("violation", "the TwiML goes round for ever")

    async def _ask(self, client: httpx.AsyncClient, url: str, status: str) -> list[ET.Element]:
        answer = await self._post(client, url, self._form(status), "voice")
        self.statuses.append(answer.status_code)
        self._handset.note("webhook", str(answer.status_code))
        return _verbs(answer.text) if answer.is_success else []

    async def _dial(self, client: httpx.AsyncClient, verb: ET.Element) -> list[ET.Element] | None:
        """Ring somebody; the verbs to go on with, or none to go on with those that follow."""
        dialled = Dialled.read(verb)
        self.dialed.append(dialled.number)
        self._handset.note("dial", dialled.number)

        async def ask(url: str, fields: Fields) -> list[ET.Element]:
            child = {**self._form("in-progress"), **fields, "ParentCallSid": self.call_sid}
            answer = await self._post(client, url, child, "dial")
            return _verbs(answer.text) if answer.is_success else []

        picks = self.picks.popleft() if self.picks else "answers"
        told = await dialled.rung(picks, ask=ask, rings=self._rings, spoken=self.whispered)
        self._handset.note("dialled", told["DialCallStatus"])
        if dialled.action is None:
            return None
        form = {**self._form("completed" if self._hung_up else "in-progress"), **told}
        answer = await self._post(client, dialled.action, form, "dial")
        self.told.append((form, answer.status_code))
        return _verbs(answer.text) if answer.is_success else []

    async def _rings(self, ms: int) -> bool:
        until_ms = self._handset.now_ms + ms
        while not self._hung_up and self._handset.now_ms < until_ms:
            await asyncio.sleep(_RING_LOOK_S)
            self._handset.tick()
        return self._hung_up

    def _form(self, status: str) -> Fields:
        return self._plan.form(self._carrier.account_sid, status)

    async def _post(
        self, client: httpx.AsyncClient, url: str, form: Fields, kind: Kind
    ) -> httpx.Response:
        headers = self._carrier.signature(url, form, kind, self._handset.faults)
        return await client.post(self._carrier.address(url), data=form, headers=headers)

    async def _perform(self, verb: ET.Element) -> None:
        stream = verb.find("Stream")
        if verb.tag == "Connect" and stream is not None:
            await self._connect(stream)
        elif verb.tag == "Pause":
            await self._rings(1000 * int(verb.attrib.get("length", "1")))
        elif verb.tag == "Say":
            self.spoken.append(verb.text or "")
            self._handset.note("say", verb.text or "")
        else:
            self._handset.violations.append(f"a verb that is not known here: {verb.tag}")

    async def _connect(self, stream: ET.Element) -> None:
        handset, url = self._handset, stream.attrib["url"]
        parameters = {p.attrib["name"]: p.attrib["value"] for p in stream.findall("Parameter")}
        if handset.faults.token is not None:
            parameters["token"] = handset.faults.token
        headers = self._carrier.signature(url, {}, "media", handset.faults)
        messages = StreamMessages(
            stream_sid="MZ" + secrets.token_hex(16),
            call_sid=self.call_sid,
            account_sid=self._carrier.account_sid,
        )
        try:
            async with connect(
                self._carrier.address(url),
                additional_headers=headers,
                compression=None,
                proxy=None,
                max_size=None,
            ) as socket:
                handset.tape.pad(handset.now_ms)
                self._stream = Stream(socket, messages, handset)
                await self._stream.run(parameters, self._must_stop)
        except InvalidHandshake as exc:
            response = getattr(exc, "response", None)
            self.refusals.append(response.status_code if response is not None else 0)
            handset.note("stream refused", str(exc))
        finally:
            self._stream = None

    def _must_stop(self) -> bool:
        return self._hung_up or self._orders is not None

    async def _post_status(self, client: httpx.AsyncClient, status: str) -> None:
        url = self._plan.status_url
        if url is None:
            return
        form = {**self._form(status), "CallDuration": str(self._handset.now_ms // 1000)}
        answer = await self._post(client, url, form, "status")
        self._handset.note(f"status {status}", str(answer.status_code))


def _verbs(twiml: str) -> list[ET.Element]:
    return list(ET.fromstring(twiml))  # noqa: S314 - written by the service that is being tried
