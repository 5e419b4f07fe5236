"""What Twilio is told to do with a call. Verbs: https://www.twilio.com/docs/voice/twiml."""

from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from voice.normalise import spoken

HANGUP = "<Response><Hangup/></Response>"
NOTHING = "<Response/>"


@dataclass(frozen=True, slots=True)
class Dial:
    """Somebody to ring for a caller.

    Attributes:
        number: In E.164.
        then: Asked what to do when the two have talked, or nobody answers.
        whisper: Asked what whoever picks up hears before the caller is connected.
        ring_s: For how long it rings, in seconds.
        caller_id: The number that is shown; without it the caller's own.
    """

    number: str
    then: str | None = None
    whisper: str | None = None
    ring_s: int = 20
    caller_id: str | None = None


def stream(url: str, *, token: str, then: str) -> str:
    """Put the caller through to a media stream; when it ends, ask `then` what to do."""
    return (
        f"<Response><Connect><Stream url={quoteattr(url)}>"
        f'<Parameter name="token" value={quoteattr(token)}/>'
        f'</Stream></Connect><Redirect method="POST">{escape(then)}</Redirect></Response>'
    )


def elsewhere(then: str) -> str:
    """Ask again in a moment: by then another process answers at this address."""
    return (
        f'<Response><Pause length="2"/><Redirect method="POST">{escape(then)}</Redirect></Response>'
    )


def farewell(words: str) -> str:
    """Say something and hang up."""
    return f"<Response>{_say(words)}<Hangup/></Response>"


def dial(wanted: Dial) -> str:
    """Ring somebody for the caller, who hears it ring (https://www.twilio.com/docs/voice/twiml/dial)."""
    shown = f" callerId={quoteattr(wanted.caller_id)}" if wanted.caller_id else ""
    then = f' action={quoteattr(wanted.then)} method="POST"' if wanted.then else ""
    asked = f' url={quoteattr(wanted.whisper)} method="POST"' if wanted.whisper else ""
    return (
        f'<Response><Dial answerOnBridge="true" timeout="{wanted.ring_s}"{shown}{then}>'
        f"<Number{asked}>{escape(wanted.number)}</Number></Dial></Response>"
    )


def whisper(words: str, *, wait_s: int) -> str:
    """Say who is calling, and connect the caller once key 1 is pressed; a machine presses none."""
    return (
        f'<Response><Gather numDigits="1" timeout="{wait_s}">{_say(words)}</Gather>'
        "<Hangup/></Response>"
    )


def _say(words: str) -> str:
    return f"<Say>{escape(spoken(words).text)}</Say>"
