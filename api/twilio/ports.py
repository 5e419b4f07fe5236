"""What the telephone side needs of the rest of the service."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import SecretStr

from api.twilio.dialing import DialOutcome
from api.twilio.lines import Lines
from api.twilio.tokens import StreamTokens
from shop.clock import Clock
from voice.ports import Line


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """A call whose caller is now on the line.

    Attributes:
        call_sid: Twilio's id of the call.
        caller_number: Normalised by `Phone.normalise`; empty when withheld.
        called_number: As Twilio sent it; empty when not given.
        resumed: The stream of this call was open before and has dropped.
        transfer: How ringing a person ended, where the caller comes back from that.
        dialed_url: Where Twilio is to tell how ringing a person ended; empty without an address.
        whisper_url: Where Twilio is to ask what that person hears first.
    """

    call_sid: str
    caller_number: str
    called_number: str = ""
    resumed: bool = False
    transfer: DialOutcome | None = None
    dialed_url: str = ""
    whisper_url: str = ""


@dataclass(frozen=True, slots=True)
class CallStatus:
    """What Twilio says has become of a call. May come late, twice or out of order."""

    call_sid: str
    status: str
    duration_s: int | None = None


@dataclass(frozen=True, slots=True)
class Dialed:
    """How ringing a person for a caller ended. May come twice."""

    call_sid: str
    outcome: DialOutcome


class LiveCall(Protocol):
    """One conversation. Audio, marks and digits arrive while `run` is running or starting."""

    def audio(self, ulaw: bytes) -> None:
        """Take the caller's next audio, of any length. Must not block."""

    def marked(self, name: str) -> None:
        """Take the news that everything before a mark has been played, or was cleared."""

    def digit(self, digit: str) -> None:
        """Take a key the caller pressed."""

    async def run(self, line: Line) -> None:
        """Hold the conversation until it ends; cancelled when the caller is gone.

        What it has queued on the line when it returns is still sent, then the line is closed.
        """

    async def aclose(self) -> None:
        """Release everything, once, whatever happened before."""


@dataclass(frozen=True, slots=True)
class Phone:
    """Everything the telephone routes are given.

    Attributes:
        public_url: The address Twilio reaches this service at, such as `https://shop.example`.
            Without it and the auth token only this machine may call.
        auth_token: Twilio's auth token, the key of every signature.
        clock: The time, for tokens.
        tokens: Issues and verifies stream tokens.
        open_call: Opens the conversation once the caller's stream is proved genuine; should be
            quick, and leave slow parts to `LiveCall.run`. Audio that arrives meanwhile is kept.
        status: Takes Twilio's status callbacks.
        dialed: Takes how ringing a person ended, once the call's stream is closed.
        last_words: What the carrier is to say, and then hang up, instead of opening the stream of a
            call again; None to open it. The same however often it is asked.
        is_over: Whether a call has ended, so that its stream is not opened again. Must be true as
            soon as the `aclose` of an ended call has returned.
        normalise: Brings a caller's number into the shop's form; BadValue when it is none.
        most_calls: How many callers may be on the line at once.
        start_patience_s: How long an open socket may take to say which call it belongs to.
        lines: Which calls are on the line; shared by the webhook and the media socket.
    """

    public_url: str | None
    auth_token: SecretStr | None
    clock: Clock
    tokens: StreamTokens
    open_call: Callable[[IncomingCall], Awaitable[LiveCall]]
    status: Callable[[CallStatus], Awaitable[None]]
    dialed: Callable[[Dialed], Awaitable[None]]
    is_over: Callable[[str], Awaitable[bool]]
    last_words: Callable[[str], Awaitable[str | None]]
    normalise: Callable[[str], str]
    most_calls: int = 50
    start_patience_s: float = 5.0
    lines: Lines = field(default_factory=Lines)

    def __post_init__(self) -> None:
        if (self.public_url is None) != (self.auth_token is None):
            raise ValueError("give both the public URL and Twilio's auth token, or neither")
