"""Hands a caller on to a person, and sees to it that nobody is forgotten when that fails."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast, get_args
from urllib.parse import urlencode

from api.call import Call, Transfer
from api.calls import Calls, CallsFull
from api.news import News
from api.outcomes import brief, summary
from api.promises import (
    attempt_elsewhere,
    has_call_back,
    is_news,
    is_unsettled,
    rang,
    reason,
    take_back,
    was_promised,
)
from api.twilio import dialing
from api.twilio.dialing import DialOutcome
from api.twilio.lines import held
from api.twilio.ports import CallStatus, Dialed, IncomingCall
from api.twilio.rest import TwilioRefused, TwilioRest
from api.twilio.twiml import Dial
from graph.context import CallContext, CallType
from graph.state import Deed
from nodes.intent import last_words
from shop.calls.logs import CallLog
from shop.errors import ShopError
from tools.people import TransferToHuman
from voice.ports import CallBackReason

logger = logging.getLogger(__name__)

# https://www.twilio.com/docs/api/errors/21220
_NOT_IN_PROGRESS = 21220
_HANDOVER_S = 5.0
_SETTLE_S = 2.0
"""How far apart the carrier's requests may come that tell of one event."""

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
    _news: News = field(default_factory=News, init=False, repr=False)

    async def ring(self, call: Call, incoming: IncomingCall) -> None:
        """The last word was heard: put the caller through, or let them come back.

        Returns when the line may be closed; the carrier usually closes it, and so cancels this,
        earlier.
        """
        key = call.state["transfer_to"]
        assert key is not None
        about = reason(call.state)
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
        """How it ended, if the caller comes back from being put through; noted as told to them.

        It is told again to a caller whose line drops before they have said a word to it.
        """
        if not call.transfers and incoming.transfer is not None:
            # Whoever rang has been replaced by this process.
            call.transfers.append(attempt_elsewhere(call.state))
        attempt = call.transfers[-1] if call.transfers else None
        if attempt is None or (attempt.told and not rang(call)):
            return None
        attempt.outcome = attempt.outcome or incoming.transfer or "failed"
        attempt.told = True
        take_back(call)
        return attempt.outcome

    async def closing(self, call: Call, *, returned: bool) -> None:
        """The line closes: nobody is recorded as put through, or forgotten, who was not.

        Args:
            call: The call, before its record is written.
            returned: The caller had come back from being put through when the line was opened.
        """
        rung = call.transfers[-1] if rang(call) else None
        if rung is not None and rung.outcome in (None, "answered", "caller_left"):
            return  # the carrier tells how that ended, or has told
        spoke = not was_promised(call.state) or (returned and bool(call.timelines))
        to_be_told = rung is not None and not rung.told
        if spoke or to_be_told or call.voiceless or await self._goes_on(call):
            if call.state.get("transfer_to") is not None:
                take_back(call)
        else:
            await self._owe(call)  # hung up without a word, and still wanted a person

    async def dialed(self, news: Dialed) -> None:
        """Write down how ringing a person ended. The same news twice changes nothing."""
        logger.info("call %s: transfer %s", news.call_sid, news.outcome)
        call = self.calls.find(news.call_sid)
        attempt = call.transfers[-1] if call is not None and call.transfers else None
        if call is None or attempt is None or not is_news(call, attempt, news.outcome):
            await self._of_another_process(news)
            return
        attempt.outcome = news.outcome
        self._news.tell(news.call_sid, "dialed")
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
        if news.status not in dialing.ENDED:
            return
        if call is None:
            await self.calls.gone(news.call_sid)
            return
        self._news.tell(news.call_sid, "ended")
        attempt = call.transfers[-1] if call.transfers else None
        if attempt is None or not await self._failed(call, attempt) or attempt.told:
            return
        attempt.told = True
        await self._owe(call)
        await self.calls.rewrite(call)

    async def _failed(self, call: Call, attempt: Transfer) -> bool:
        """Whether an attempt on a call that has ended did not reach anybody.

        While it rings the carrier tells itself how that ended, and may do so after the call's end.
        If it never does, nobody knows whom the caller talked to, so they are rung once too often.
        """
        call_sid = call.context.call_sid
        if attempt.outcome is None:
            await self._news.hears(call_sid, "dialed", within_s=_SETTLE_S)
        if attempt.outcome is None:
            if await self._is_written_elsewhere(call):
                return False
            logger.error("call %s: how its transfer ended was not told", call_sid)
            attempt.outcome = attempt.outcome or "failed"
        return attempt.outcome not in ("answered", "caller_left")

    async def _owe(self, call: Call) -> None:
        """A person who was asked for and not reached becomes an urgent task for the shop."""
        about = call.transfers[-1].about if rang(call) else brief(reason(call.state))
        take_back(call)
        if has_call_back(call.state) or not call.context.caller_number:
            return
        if await self._ask(call.context.call_sid, call.context.caller_number, about):
            call.agent.take_back_transfer()

    async def _goes_on(self, call: Call) -> bool:
        """Whether a call whose line has closed goes on in another one: then it had only dropped.

        A caller who has hung up is known by the carrier's saying so, or by staying away.
        """
        seat = held()
        if seat is not None and not seat.superseded:
            wanted = asyncio.create_task(seat.wanted.wait())
            ended = asyncio.create_task(
                self._news.hears(call.context.call_sid, "ended", within_s=_SETTLE_S)
            )
            try:
                await asyncio.wait({wanted, ended}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (wanted, ended):
                    task.cancel()
                await asyncio.gather(wanted, ended, return_exceptions=True)
        return seat is not None and seat.superseded

    async def _of_another_process(self, news: Dialed) -> None:
        """The call rang in another process, which may have gone: what it left open is settled.

        A caller who comes back is told when their stream opens.
        """
        if news.outcome not in ("answered", "caller_left") or news.call_sid in self.calls.live:
            return
        try:
            log = await self.calls.desk.call(news.call_sid)
        except ShopError as error:
            logger.error("call %s: its transfer is not settled: %s", news.call_sid, error.code)
            return
        if log is None or not is_unsettled(log):
            return
        try:
            await self._settle(log, news.outcome)
        except (ShopError, CallsFull) as error:
            logger.error("call %s: not settled: %s", news.call_sid, type(error).__name__)
            if news.outcome == "caller_left" and log.caller_phone:
                await self._ask(news.call_sid, log.caller_phone, log.summary or "")

    async def _settle(self, log: CallLog, outcome: DialOutcome) -> None:
        context = CallContext(
            call_sid=log.call_sid,
            caller_number=log.caller_phone or "",
            call_type=cast(CallType, log.call_type),
            channel="phone",
            variant=log.variant,
        )
        call = await self.calls.open(context, direction=log.direction)
        call.transfers.append(attempt_elsewhere(call.state, outcome))
        if outcome == "caller_left":
            await self._owe(call)
        call.over = True
        await self.calls.end(log.call_sid)

    async def _is_written_elsewhere(self, call: Call) -> bool:
        """Whether another process has settled the record since this one wrote it."""
        written = summary(call.state, call.transfers)
        try:
            log = await self.calls.desk.call(call.context.call_sid)
        except ShopError:
            return False
        return log is not None and (log.status == "open" or log.summary != written)

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


def _whisper(url: str, about: str) -> str:
    why = about.partition(":")[0]
    return f"{url}?{urlencode({'about': why})}" if why in _REASONS else url
