"""What Twilio is told to do with a call. Verbs: https://www.twilio.com/docs/voice/twiml."""

from xml.sax.saxutils import escape, quoteattr

HANGUP = "<Response><Hangup/></Response>"


def stream(url: str, *, token: str, then: str) -> str:
    """Put the caller through to a media stream; when it ends, ask `then` what to do."""
    return (
        f"<Response><Connect><Stream url={quoteattr(url)}>"
        f'<Parameter name="token" value={quoteattr(token)}/>'
        f'</Stream></Connect><Redirect method="POST">{escape(then)}</Redirect></Response>'
    )


def farewell(words: str) -> str:
    """Say something and hang up."""
    return f"<Response><Say>{escape(words)}</Say><Hangup/></Response>"


def dial(number: str, *, ring_s: int, caller_id: str | None, then: str | None) -> str:
    """Ring somebody for the caller; when that ends, or nobody answers, ask `then` what to do."""
    shown = f" callerId={quoteattr(caller_id)}" if caller_id else ""
    after = f'<Redirect method="POST">{escape(then)}</Redirect>' if then else ""
    return (
        f'<Response><Dial answerOnBridge="true" timeout="{ring_s}"{shown}>'
        f"<Number>{escape(number)}</Number></Dial>{after}</Response>"
    )
