"""Puts a telephone line, a voice and the conversation together, and takes them apart again."""

import logging
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from api.calls import Call, Calls, summary
from api.twilio.ports import IncomingCall
from api.twilio.rest import TwilioRefused, TwilioRest
from graph.context import CallContext
from shop.profile.shop import Shop
from voice.call import VoiceCall
from voice.early import EarlySynthesizer, EarlyTranscriber
from voice.ports import Ears, Line, Mouths

logger = logging.getLogger(__name__)

CUT_OFF = "Sorry, we were cut off. Please go on."


@dataclass(frozen=True, slots=True)
class Opening:
    """A first sentence and its audio, made before anybody calls."""

    text: str
    ulaw: bytes


async def rendered(mouths: Mouths, text: str) -> bytes:
    """A sentence as mu-law audio."""

    async def once() -> AsyncIterator[str]:
        yield text

    synthesizer = await mouths.open("rendering")
    try:
        async with aclosing(synthesizer.speak(once())) as sounds:
            return b"".join([sound.ulaw async for sound in sounds])
    finally:
        await synthesizer.aclose()


@dataclass(slots=True)
class PhoneCall:
    """One caller on the line: what the media socket talks to."""

    voice: VoiceCall
    call: Call
    switchboard: "Switchboard"
    _failed: bool = False

    def audio(self, ulaw: bytes) -> None:
        """Take the caller's next audio."""
        self.voice.audio(ulaw)

    def marked(self, name: str) -> None:
        """The telephone has played up to a mark."""
        self.voice.marked(name)

    def digit(self, digit: str) -> None:
        """Take a key press."""
        self.voice.digit(digit)

    async def run(self, line: Line) -> None:
        """Hold the conversation; then hand the caller on or hang up."""
        try:
            await self.voice.run(line)
        except Exception:
            self._failed = True
            raise
        self.call.over = True
        await self.switchboard.finish(self.call)

    async def aclose(self) -> None:
        """Release the line's parts and write the call's outcome."""
        try:
            await self.voice.aclose()
        finally:
            await self.switchboard.calls.end(self.call.context.call_sid, failed=self._failed)


@dataclass(slots=True)
class Switchboard:
    """Opens a conversation for each caller."""

    calls: Calls
    ears: Ears
    mouths: Mouths
    greeting: Opening
    cut_off: Opening
    rest: TwilioRest | None

    async def open(self, incoming: IncomingCall) -> PhoneCall:
        """Begin a conversation, or go on with one whose line dropped."""
        context = CallContext(
            call_sid=incoming.call_sid, caller_number=incoming.caller_number, channel="phone"
        )
        call = await self.calls.open(context)
        opening = self.cut_off if call.resumed else self.greeting
        voice = VoiceCall(
            agent=call.agent,
            transcriber=EarlyTranscriber(self.ears.open(incoming.call_sid)),
            synthesizer=EarlySynthesizer(self.mouths.open(incoming.call_sid)),
            greeting=opening.text,
            greeting_audio=opening.ulaw,
            resumed=call.resumed,
            timelines=call.timelines,
        )
        return PhoneCall(voice, call, self)

    async def finish(self, call: Call) -> None:
        """The last word was heard: put the caller through if that was promised."""
        key = call.state.get("transfer_to")
        if key is None or self.rest is None:
            return
        target = self._shop.transfer_target(key)
        if target is None:
            return
        try:
            await self.rest.transfer(call.context.call_sid, target.number)
        except TwilioRefused as error:
            logger.error("a transfer failed: %s", error)
            await self._call_back(call)

    async def _call_back(self, call: Call) -> None:
        """A promise of a person that could not be kept becomes an urgent task for the shop."""
        call.agent.take_back_transfer()
        if not call.context.caller_number:
            return
        await self.calls.desk.request_callback(
            call_sid=call.context.call_sid,
            key="transfer-failed",
            phone=call.context.caller_number,
            topic="was promised a person and could not be put through",
            summary=summary(call.state),
            urgency="urgent",
        )

    async def is_over(self, call_sid: str) -> bool:
        """Whether a call has come to its end, so that its line is not opened again."""
        call = self.calls.find(call_sid)
        return call is not None and call.outcome is not None and call.over

    @property
    def _shop(self) -> Shop:
        return self.calls.desk.shop
