"""A call arrives: Twilio asks what to do with it, and later tells what became of it."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from api.twilio import dialing, twiml
from api.twilio.frames import is_sid
from api.twilio.gate import DIALED, STATUS, VOICE, WHISPER, Gate
from api.twilio.media import media_routes
from api.twilio.ports import CallStatus, Dialed, Phone
from api.twilio.tokens import LIFETIME
from shop.errors import BadValue

MAX_BODY = 64 * 1024
VOICE_PATHS = (VOICE, "/twilio/incoming-call", "/twilio/inbound-call")
BUSY = (
    "Thank you for calling. All our lines are busy at the moment. "
    "Please call again in a few minutes. Goodbye."
)
SORRY = (
    "I am sorry, there is a problem on our side and I cannot take your call. "
    "Please call again in a few minutes. Goodbye."
)
_MOST_FIELDS = 200
_MOST_STREAMS = 8  # of one call; a stream that keeps breaking off would otherwise go round for ever
_STATUS = re.compile(r"[a-z-]{1,20}")
# Numbers Twilio sends for withheld caller ids spell the word on a telephone's keys:
# https://help.twilio.com/articles/223179988
_WITHHELD = frozenset(
    {"anonymous", "restricted", "blocked", "unknown", "unavailable", "private"}
    | {"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"}
)
_NO_NUMBER = ("sip:", "client:")

Fields = dict[str, str]


class Refused(Exception):
    """A request is answered with an HTTP status instead of being served."""

    def __init__(self, status: int, *, field: str | None = None, message: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.field = field

    def response(self) -> Response:
        """The answer: empty, or the field that is wrong and why."""
        if self.field is None:
            return Response(status_code=self.status)
        detail = [{"loc": ["body", self.field], "msg": str(self), "type": "value_error"}]
        return JSONResponse({"detail": detail}, status_code=self.status)


def twilio_routes(desk_phone: Phone) -> APIRouter:
    """The telephone: `POST /twilio/voice`, `dialed`, `whisper`, `status`; `WS /twilio/media`."""
    webhook = _Webhook(desk_phone, Gate(desk_phone.public_url, desk_phone.auth_token))
    router = APIRouter(tags=["telephone"])

    async def voice(request: Request) -> Response:
        return await webhook.serve(request, webhook.voice)

    async def status(request: Request) -> Response:
        return await webhook.serve(request, webhook.status)

    async def dialed(request: Request) -> Response:
        return await webhook.serve(request, webhook.dialed)

    async def whisper(request: Request) -> Response:
        return await webhook.serve(request, webhook.whisper)

    for path in VOICE_PATHS:
        router.add_api_route(path, voice, methods=["POST"], include_in_schema=path == VOICE)
    for path, route in ((STATUS, status), (DIALED, dialed), (WHISPER, whisper)):
        router.add_api_route(path, route, methods=["POST"])
    router.include_router(media_routes(desk_phone))
    return router


@dataclass(frozen=True, slots=True)
class _Webhook:
    phone: Phone
    gate: Gate

    async def serve(
        self, request: Request, answer: Callable[[Request, Fields], Awaitable[Response]]
    ) -> Response:
        """Answer a request that is proved to be Twilio's."""
        try:
            pairs = await _form(request)
            if not self.gate.admits(request, pairs):
                raise Refused(403)
            return await answer(request, dict(pairs))
        except Refused as refusal:
            return refusal.response()

    async def voice(self, request: Request, fields: Fields) -> Response:
        """Say what to do with a call: the same for a repeated request, as Twilio retries."""
        call_sid = _call_sid(fields)
        if await self.phone.is_over(call_sid):
            return _xml(twiml.HANGUP)
        transfer = dialing.not_reached(request.query_params.get("transfer", ""))
        return await self._stream(request, call_sid, fields, transfer=transfer)

    async def dialed(self, request: Request, fields: Fields) -> Response:
        """Take how ringing a person ended; a caller who was not connected comes back."""
        call_sid = _call_sid(fields)
        outcome = dialing.outcome(fields)
        if await self.phone.is_over(call_sid):
            return _xml(twiml.HANGUP)
        await self.phone.lines.gone(call_sid)
        await self.phone.dialed(Dialed(call_sid, outcome))
        if outcome in ("answered", "caller_left"):
            return _xml(twiml.HANGUP)
        return await self._stream(request, call_sid, fields, transfer=outcome)

    async def whisper(self, request: Request, fields: Fields) -> Response:
        """Tell whoever picks up what it is about; the caller is connected when they press 1."""
        if dialing.accepts(fields):
            return _xml(twiml.NOTHING)
        if "Digits" in fields or dialing.is_machine(fields):
            return _xml(twiml.HANGUP)
        words = dialing.whispered(request.query_params.get("about", ""))
        return _xml(twiml.whisper(words, wait_s=dialing.WHISPER_WAIT_S))

    async def _stream(
        self, request: Request, call_sid: str, fields: Fields, *, transfer: str = ""
    ) -> Response:
        streams = _whole(request.query_params.get("again", "")) or 0
        if streams >= _MOST_STREAMS:
            return _xml(twiml.farewell(SORRY))
        if (words := await self.phone.last_words(call_sid)) is not None:
            return _xml(twiml.farewell(words))
        again = self.gate.voice_url(request, again=streams + 1)
        if self.phone.lines.closing:
            # A kept connection would bring the next request here again.
            there = self.gate.voice_url(request, again=streams + 1, transfer=transfer)
            return _xml(twiml.elsewhere(there), Connection="close")
        if not self._expected(call_sid):
            return _xml(twiml.farewell(BUSY))
        called = fields.get("To", "")[:64]
        claims = {
            "from": self._caller(fields),
            "to": called if called.isascii() else "",
            "streams": str(streams),
            "transfer": transfer,
        }
        return _xml(
            twiml.stream(
                self.gate.stream_url(request),
                token=self.phone.tokens.issue(call_sid, claims),
                then=again,
            )
        )

    async def status(self, request: Request, fields: Fields) -> Response:
        """Pass on what became of a call."""
        call_sid = _call_sid(fields)
        status = _required(fields, "CallStatus").lower()
        if not _STATUS.fullmatch(status):
            raise Refused(422, field="CallStatus", message="is not a call status")
        if status in dialing.ENDED:
            self.phone.lines.forget(call_sid)
        seconds = _whole(fields.get("CallDuration", ""))
        await self.phone.status(CallStatus(call_sid, status, seconds))
        return Response(status_code=204)

    def _expected(self, call_sid: str) -> bool:
        return self.phone.lines.expect(
            call_sid, most=self.phone.most_calls, patience_s=LIFETIME.total_seconds()
        )

    def _caller(self, fields: Fields) -> str:
        given = fields.get("From", "").strip()
        if given.lower() in _WITHHELD or given.lower().startswith(_NO_NUMBER):
            return ""
        try:
            return self.phone.normalise(given)
        except BadValue:
            return ""  # a caller whose number makes no sense is a caller all the same


async def _form(request: Request) -> list[tuple[str, str]]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise Refused(413)
    try:
        return parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        raise Refused(413) from None


def _required(fields: Fields, name: str) -> str:
    value = fields.get(name, "")
    if not value.strip():
        raise Refused(422, field=name, message="is missing")
    return value


def _call_sid(fields: Fields) -> str:
    call_sid = _required(fields, "CallSid")
    if not is_sid(call_sid):
        raise Refused(422, field="CallSid", message="is not a call's id")
    return call_sid


def _whole(text: str) -> int | None:
    return int(text) if len(text) <= 9 and text.isascii() and text.isdigit() else None


def _xml(text: str, **headers: str) -> Response:
    prolog = '<?xml version="1.0" encoding="UTF-8"?>'
    return Response(prolog + text, headers=headers, media_type="application/xml")
