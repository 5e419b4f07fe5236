"""What happens at the other end when a call is dialled: who picks up, hears a whisper, or does not.

Fields: https://www.twilio.com/docs/voice/twiml/dial#action.
"""

import secrets
import xml.etree.ElementTree as ET
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

Picks = Literal["answers", "busy", "no-answer", "failed", "declines", "machine", "rings"]
"""`rings`: until the caller hangs up or the time is over; `declines`: picks up, presses no key."""

Fields = dict[str, str]
Ask = Callable[[str, Fields], Awaitable[list[ET.Element]]]
_NOT_REACHED = ("busy", "no-answer", "failed")


@dataclass(frozen=True, slots=True)
class Dialled:
    """One `<Dial>` with one number.

    Attributes:
        number: Who is rung.
        action: Who is told how it ended.
        whisper: Who says what is heard first.
        ring_ms: For how long it rings at most.
    """

    number: str
    action: str | None
    whisper: str | None
    ring_ms: int

    @classmethod
    def read(cls, dial: ET.Element) -> "Dialled":
        """The verb, as the service wrote it."""
        noun = dial.find("Number")
        return cls(
            number="".join(dial.itertext()).strip(),
            action=dial.get("action"),
            whisper=noun.get("url") if noun is not None else None,
            ring_ms=int(dial.get("timeout", "30")) * 1000,
        )

    async def rung(
        self,
        picks: Picks,
        *,
        ask: Ask,
        rings: Callable[[int], Awaitable[bool]],
        spoken: list[str],
    ) -> Fields:
        """Let it ring; returns what is told about it.

        Args:
            picks: What happens at the other end.
            ask: Posts fields to an address of the service, and returns its verbs.
            rings: Waits so many milliseconds; whether the caller has hung up meanwhile.
            spoken: Takes what was whispered.
        """
        sid = "CA" + secrets.token_hex(16)
        if picks == "rings":
            left = await rings(self.ring_ms)
            return _told(sid, "canceled" if left else "no-answer")
        if picks in _NOT_REACHED:
            return _told(sid, picks)
        machine = {"AnsweredBy": "machine_start"} if picks == "machine" else {}
        taken = True
        if self.whisper is not None:
            child = {"CallSid": sid, **machine}
            taken = await self._taken(picks, child, ask, spoken)
        return {**_told(sid, "completed"), "DialBridged": str(taken).lower(), **machine}

    async def _taken(self, picks: Picks, child: Fields, ask: Ask, spoken: list[str]) -> bool:
        """Whether the whisper's verbs end with the two connected."""
        assert self.whisper is not None
        verbs = await ask(self.whisper, child)
        if not verbs or verbs[0].tag != "Gather":
            return all(verb.tag != "Hangup" for verb in verbs)
        spoken.append("".join(verbs[0].itertext()).strip())
        if picks != "answers":
            return all(verb.tag != "Hangup" for verb in verbs[1:])
        after = await ask(self.whisper, {**child, "Digits": "1"})
        return all(verb.tag != "Hangup" for verb in after)


def _told(sid: str, status: str) -> Fields:
    return {"DialCallSid": sid, "DialCallStatus": status, "DialCallDuration": "0"}
