"""Puts a telephone line, a voice and the conversation together, and takes them apart again."""

import asyncio
import logging
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from langchain_core.messages import AIMessage

from api.call import Call
from api.calls import Calls
from api.transfers import Transfers, coming_back
from api.twilio.ports import IncomingCall
from api.twilio.rest import TwilioRest
from api.unheard import just_done
from graph.context import CallContext
from graph.state import CallState
from nodes.claims import sentences
from nodes.variants import variants
from shop.calls.logs import Parted
from shop.errors import ShopError
from voice.call import VoiceCall
from voice.early import EarlySynthesizer, EarlyTranscriber
from voice.manners import Manners
from voice.ports import Ears, Line, Mouths, VoiceError

logger = logging.getLogger(__name__)

_TOLD_WITHIN_S = 1.0
_SORRY = "Sorry, we were cut off."
_VOICELESS = "I'm sorry, there is a problem with our line, and I can't speak to you."
CUT_OFF = f"{_SORRY} Please go on."


def going_on(state: CallState) -> str:
    """What a caller hears whose line had dropped: what they have missed, else what they were asked.

    A wish that was being read back is read back again, since a yes counts only for what was heard.
    """
    proposal = state.get("proposal")
    if proposal is not None and proposal["status"] == "recapped":
        return f"{_SORRY} {proposal['recap']}"
    replies = [m for m in state["messages"] if isinstance(m, AIMessage)]
    missed = str(replies[-1].additional_kwargs.get("unheard", "")) if replies else ""
    if missed.strip():
        begun = re.split(r"(?<=[.?!])(?: |$)", str(replies[-1].text))[-1]
        return f"{_SORRY} {(begun + missed).strip()}"
    said = next((str(m.text) for m in reversed(replies) if m.text), "")
    if just_done(state) and replies[-1].text:  # a process that was killed has not told what of it
        return f"{_SORRY} {said}"
    if state.get("transfer_to") is not None and said:
        return f"{_SORRY} {said}"
    asked = [one for one in sentences(said) if one.endswith("?")]
    return f"{_SORRY} {asked[-1]}" if asked else CUT_OFF


@dataclass(slots=True)
class PhoneCall:
    """One caller on the line: what the media socket talks to.

    Attributes:
        returned: The caller could not be put through, and has come back.
    """

    voice: VoiceCall
    call: Call
    incoming: IncomingCall
    transfers: Transfers
    returned: bool = False
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
        self.call.line_at = self.transfers.calls.desk.clock()
        try:
            await self.voice.run(line)
        except Exception as error:
            self._failed = True
            self.call.voiceless = isinstance(error, VoiceError)
            if self.call.voiceless:
                await self._part("voiceless")
            raise
        if self.voice.parted or self.call.state.get("transfer_to") is None:
            self.call.over = True
            await self._part("heard")
        else:
            await self.transfers.ring(self.call, self.incoming)

    async def _part(self, how: Parted) -> None:
        """Tell every process, while the line is still open, that it is not to be opened again."""
        try:
            async with asyncio.timeout(_TOLD_WITHIN_S):
                await self.transfers.calls.desk.part(self.call.context.call_sid, how)
        except (ShopError, TimeoutError) as error:
            logger.warning("that a call is over was not written: %s", type(error).__name__)

    async def aclose(self) -> None:
        """Release the line's parts and write the call's outcome."""
        try:
            await self.voice.aclose()
            await self.call.agent.settled()
            await self.transfers.closing(self.call, returned=self.returned)
            if self.call.voiceless:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self.voice.manners.call_back_within_s):
                        await self.transfers.call_back(self.call, "voiceless")
        finally:
            calls = self.transfers.calls
            await calls.end(self.call.context.call_sid, failed=self._failed)


@dataclass(slots=True)
class Switchboard:
    """Opens a conversation for each caller.

    Attributes:
        recorded: The audio of lines that were voiced before anybody calls, by their text.
    """

    calls: Calls
    ears: Ears
    mouths: Mouths
    greeting: str
    recorded: Mapping[str, bytes]
    rest: TwilioRest | None
    manners: Manners = field(default_factory=Manners)
    transfers: Transfers = field(init=False)

    def __post_init__(self) -> None:
        self.transfers = Transfers(self.calls, self.rest)

    async def open(self, incoming: IncomingCall) -> PhoneCall:
        """Begin a conversation, or go on with one whose line dropped."""
        context = CallContext(
            call_sid=incoming.call_sid,
            caller_number=incoming.caller_number,
            channel="phone",
            variant=variants().of(incoming.call_sid),
        )
        call = await self.calls.open(context)
        outcome = self.transfers.returned(call, incoming)
        opening = going_on(call.state) if call.resumed else self.greeting
        if outcome is not None:
            opening = coming_back(outcome)
        broken_off = call.resumed and outcome is None
        lasted = self.calls.desk.clock() - call.opened_at
        voice = VoiceCall(
            agent=call.agent,
            transcriber=EarlyTranscriber(self.ears.open(incoming.call_sid)),
            synthesizer=EarlySynthesizer(self.mouths.open(incoming.call_sid)),
            greeting=opening,
            recorded=self.recorded,
            lasted_s=lasted.total_seconds() if broken_off else 0.0,
            resumed=call.resumed or outcome is not None,
            manners=self.manners,
            timelines=call.timelines,
            call_back=partial(self.transfers.call_back, call),
        )
        return PhoneCall(voice, call, incoming, self.transfers, returned=outcome is not None)

    async def last_words(self, call_sid: str) -> str | None:
        """What the carrier says to a caller whom no voice of ours can reach; None for all others.

        Another stream would be as mute, and each takes seconds to find that out.
        """
        call = self.calls.find(call_sid)
        if call is not None:
            if not call.voiceless:
                return None
            deeds: list[str] = [deed["outcome"] for deed in call.state.get("deeds", [])]
        elif await self._parted(call_sid) == "voiceless":
            log = await self.calls.desk.call(call_sid)
            deeds = [log.outcome or ""] if log is not None else []
        else:
            return None
        manners = self.manners
        end = manners.call_back if "callback_requested" in deeds else manners.call_again
        return f"{_VOICELESS} {end}"

    async def is_over(self, call_sid: str) -> bool:
        """Whether a call has come to its end, so that its line is not opened again."""
        call = self.calls.find(call_sid)
        if call is not None:
            return call.outcome is not None and call.over
        return await self._parted(call_sid) == "heard"

    async def _parted(self, call_sid: str) -> Parted | None:
        """How another process has ended a call; None where the records cannot tell."""
        try:
            return await self.calls.desk.parted(call_sid)
        except ShopError as error:
            logger.warning("whether a call is over could not be looked up: %s", error.code)
            return None
