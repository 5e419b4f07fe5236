"""Hands a caller on to a person, and sees to it that nobody is forgotten when that fails."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args
from urllib.parse import urlencode

from api.call import Call, Transfer
from api.calls import Calls
from api.outcomes import brief
from api.twilio import dialing
from api.twilio.dialing import DialOutcome
from api.twilio.ports import CallStatus, Dialed, IncomingCall
from api.twilio.rest import TwilioRefused, TwilioRest
from api.twilio.twiml import Dial
from graph.state import CallState, Deed
from nodes.intent import last_words
from shop.errors import ShopError
from tools.people import TransferToHuman
from voice.ports import CallBackReason

logger = logging.getLogger(__name__)

# https://www.twilio.com/docs/api/errors/21220
_NOT_IN_PROGRESS = 21220
_HANDOVER_S = 5.0
_REASONS = get_args(TransferToHuman.model_fields["reason"].annotation)
_OFFER = "I can have someone call you back. Would you like that?"
_NOBODY = "I'm sorry, nobody is free to take your call just now."
_WHY: Mapping[DialOutcome, str] = {
    "busy": "I'm sorry, the line is busy just now.",
    "failed": "I'm sorry, I couldn't get through just now.",
}


def coming_back(outcome: DialOutcome) -> str:
    """What a caller hears who could not be put through."""
    return f"{_WHY.get(outcome, _NOBODY)} {_OFFER}"


_NOT_PUT_THROUGH = "was promised a person and could not be put through"
_SENT_AWAY: Mapping[CallBackReason, str] = {
    "too_long": "the call lasted too long and was ended",
    "unhearable": "could not be understood on the line",
    "asked": "asked by key to be called back",
    "voiceless": "could not be answered, since no voice worked",
}


@dataclass(frozen=True, slots=True)
class Transfers:
    """Transfers of live calls. `rest` is none where no carrier is configured."""

    calls: Calls
    rest: TwilioRest | None

    async def ring(self, call: Call, incoming: IncomingCall) -> None:
        """The last word was heard: put the caller through, or let them come back.

        Returns when the line may be closed; the carrier usually closes it, and so cancels this,
        earlier.
        """
        key = call.state["transfer_to"]
        assert key is not None
        about = _about(call.state)
        attempt = Transfer(key, brief(about))
        call.transfers.append(attempt)
        target = self.calls.desk.shop.transfer_target(key)
        if self.rest is None or target is None:
            attempt.outcome = "failed"
            return
        wanted = Dial(target.number, incoming.dialed_url, _whisper(incoming.whisper_url, about))
        try:
            await self.rest.transfer(call.context.call_sid, wanted)
        except TwilioRefused as error:
            logger.error("call %s is not put through: %s", call.context.call_sid, error)
            await self._refused(call, attempt, error)
            return
        # Closing the line before the carrier does would make it ask what to do instead.
        await asyncio.sleep(_HANDOVER_S)

    async def _refused(self, call: Call, attempt: Transfer, error: TwilioRefused) -> None:
        if error.code == _NOT_IN_PROGRESS:
            attempt.outcome = "caller_left"
            await self._owe(call)
        elif error.status is not None:
            attempt.outcome = "failed"
        # Not reached is not refused: whatever the carrier asks next tells what it did.

    def returned(self, call: Call, incoming: IncomingCall) -> DialOutcome | None:
        """How it ended, if the caller comes back from being put through; noted as told to them."""
        attempt = call.transfers[-1] if call.transfers else None
        if attempt is None and incoming.transfer is not None:
            # Whoever rang has been replaced by this process.
            attempt = Transfer(call.state.get("transfer_to") or "a person", _about(call.state))
            call.transfers.append(attempt)
        if attempt is None or attempt.told:
            return None
        attempt.outcome = attempt.outcome or incoming.transfer or "failed"
        attempt.told = True
        _take_back(call)
        return attempt.outcome

    async def closing(self, call: Call, *, returned: bool) -> None:
        """The line closes: nobody is recorded as put through, or forgotten, who was not.

        Args:
            call: The call, before its record is written.
            returned: The caller had come back from being put through when the line was opened.
        """
        if returned and not call.timelines:
            await self._owe(call)  # hung up without a word, and still wanted a person
            return
        attempt = call.transfers[-1] if call.transfers else None
        ringing = attempt is not None and attempt.outcome is None
        if call.state.get("transfer_to") is not None and not ringing:
            _take_back(call)

    async def dialed(self, news: Dialed) -> None:
        """Write down how ringing a person ended. The same news twice changes nothing."""
        logger.info("call %s: transfer %s", news.call_sid, news.outcome)
        call = self.calls.find(news.call_sid)
        if call is None:
            await self._of_another_process(news)
            return
        attempt = call.transfers[-1] if call.transfers else None
        if attempt is None or attempt.outcome is not None:
            return
        attempt.outcome = news.outcome
        if news.outcome == "caller_left":
            await self._owe(call)
        if news.outcome in ("answered", "caller_left"):
            call.over = True
            await self.calls.rewrite(call)

    async def call_back(self, call: Call, reason: CallBackReason) -> bool:
        """Have a caller called back who has to be sent away. Whether that was written down."""
        context = call.context
        if not context.caller_number:
            return False
        about = brief(f"Last said: {last_words(call.state['messages'])}")
        if not await self._ask(context.call_sid, context.caller_number, about, _SENT_AWAY[reason]):
            return False
        summary = _SENT_AWAY[reason]
        deeds = [*call.state.get("deeds", []), Deed(outcome="callback_requested", summary=summary)]
        call.agent.state = {**call.state, "deeds": deeds}
        return True

    async def ended(self, news: CallStatus) -> None:
        """A caller who hangs up before being told that nobody is free is called back."""
        call = self.calls.find(news.call_sid)
        if call is None or news.status not in dialing.ENDED or not call.transfers:
            return
        attempt = call.transfers[-1]
        # While it rings the carrier tells itself how that ended, and may do so after this.
        if attempt.told or attempt.outcome in (None, "answered", "caller_left"):
            return
        attempt.told = True
        await self._owe(call)
        await self.calls.rewrite(call)

    async def _owe(self, call: Call) -> None:
        """A person who was asked for and not reached becomes an urgent task for the shop."""
        about = call.transfers[-1].about
        _take_back(call)
        asked = any(deed["outcome"] == "callback_requested" for deed in call.state.get("deeds", []))
        if asked or not call.context.caller_number:
            return
        if await self._ask(call.context.call_sid, call.context.caller_number, about):
            call.agent.take_back_transfer()

    async def _of_another_process(self, news: Dialed) -> None:
        """The process that rang has gone; its record tells whom to call back."""
        if news.outcome != "caller_left":
            return
        try:
            log = await self.calls.desk.call(news.call_sid)
        except ShopError as error:
            logger.error("call %s: nobody was asked to call back: %s", news.call_sid, error.code)
            return
        if log is not None and log.caller_phone:
            await self._ask(news.call_sid, log.caller_phone, log.summary or "")

    async def _ask(
        self, call_sid: str, phone: str, about: str, topic: str = _NOT_PUT_THROUGH
    ) -> bool:
        try:
            await self.calls.desk.request_callback(
                call_sid=call_sid,
                key="transfer-failed" if topic == _NOT_PUT_THROUGH else "sent-away",
                phone=phone,
                topic=topic,
                summary=about,
                urgency="urgent",
            )
        except ShopError as error:
            logger.error("call %s: nobody was asked to call back: %s", call_sid, error.code)
            return False
        return True


def _about(state: CallState) -> str:
    """Why a person was wanted, as "reason: summary"; the newest where there are several."""
    deeds = reversed(state.get("deeds", []))
    return next((deed["summary"] for deed in deeds if deed["outcome"] == "transferred"), "")


def _take_back(call: Call) -> None:
    """What was promised has not happened; the next words of the caller make that lasting."""
    state = call.state
    deeds = [deed for deed in state.get("deeds", []) if deed["outcome"] != "transferred"]
    call.agent.state = {**state, "transfer_to": None, "deeds": deeds}


def _whisper(url: str, about: str) -> str:
    reason = about.partition(":")[0]
    return f"{url}?{urlencode({'about': reason})}" if reason in _REASONS else url
