"""One call's transcriber: keeps a Deepgram stream fed, watched and, once, replaced."""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

from websockets.exceptions import ConnectionClosed

from voice.deadair import is_loud
from voice.deepgram.client import Connection, connect
from voice.deepgram.dialect import Acknowledged, Dialect, Failed, Report
from voice.deepgram.fields import Malformed
from voice.deepgram.lost import Lost, soon
from voice.deepgram.outbox import BYTES_PER_MS, Outbox
from voice.deepgram.watch import Watch
from voice.endpointing import pause_ms
from voice.events import CallerTurn, EarlyTurn, Heard, Interim, Resumed, SpeechStarted
from voice.ports import Expectation, VoiceError

log = logging.getLogger(__name__)

PART = "recogniser"
# Deepgram advises 80 ms of audio a message (https://developers.deepgram.com/docs/flux/quickstart),
# and so much is collected while the caller is silent. Speech, and what decides that it has ended,
# goes out as it comes: else a turn would be known up to 60 ms later.
CHUNK = 80 * BYTES_PER_MS
SPEECH_S = 1.0
"""For so long after the last sound the caller may be in a turn that nothing was told of yet."""
CHUNK_S = 0.08
GAP_S = 0.4
WAITING_MS = 30_000
REPLAY_MS = 10_000
# Calls that lose Deepgram together do not come back at the same moment.
JITTER_S = 0.2
# What has arrived and was not read yet, because this process stood still, counts as said.
UNREAD_S = 0.05
UNSETTLED_S = 0.1
"""Words this new may be followed by more of what was heard with them."""
UNCHANGED_S = 0.8
"""Longer than a pause by so much, and words that stay the same show it too: for noisy lines."""


class Listener:
    """A `voice.ports.Transcriber`.

    Args:
        dialect: Which recogniser it speaks to.
        patience_s: How long the recogniser may say nothing while it is spoken to.
        connect_within_s: How long a handshake may take.
    """

    def __init__(self, dialect: Dialect, *, patience_s: float, connect_within_s: float) -> None:
        self._dialect = dialect
        self._patience_s = patience_s
        self._connect_within_s = connect_within_s
        self._loop = asyncio.get_running_loop()
        self._outbox = Outbox(waiting_ms=WAITING_MS, replay_ms=REPLAY_MS)
        self._heard: asyncio.Queue[Heard | Exception | None] = asyncio.Queue()
        self._stirred = asyncio.Event()
        self._due = self._loop.time() + GAP_S
        self._watch = Watch(patience_s, self._loop.time())
        self._expected: Expectation = "open"
        self._in_turn = False
        self._interim = ""
        self._interim_at = 0.0
        self._forced = ""
        self._turn_ended_ms = 0
        self._speech_until = 0.0
        self._spare = True
        self._running: asyncio.Task[None] | None = None
        self._leaving: set[asyncio.Task[None]] = set()

    @property
    def dropped_ms(self) -> int:
        """How much caller audio was never sent, because the recogniser did not take it."""
        return self._outbox.dropped_ms

    async def open(self) -> None:
        """Connect and begin to listen.

        Raises:
            VoiceError: Deepgram refused, was not there, or took too long.
        """
        connection = await self._connect()
        self._running = asyncio.create_task(self._run(connection))

    def feed(self, ulaw: bytes) -> None:
        """Take the caller's next audio. Never blocks and never raises."""
        now = self._loop.time()
        if is_loud(ulaw):
            self._speech_until = now + SPEECH_S
        if not self._outbox.waiting:
            self._due = now + CHUNK_S
            self._stirred.set()
        self._outbox.put(ulaw)
        if self._is_due(now):
            self._stirred.set()

    def expect(self, expected: Expectation, phrases: tuple[str, ...] = ()) -> None:
        """Say what the caller is likely to answer; takes effect within the next audio."""
        self._expected = expected
        self._dialect.expect(expected, phrases)
        self._stirred.set()

    async def heard(self) -> AsyncGenerator[Heard, None]:
        """What was made out; ends when the transcriber is closed.

        Raises:
            VoiceError: The recogniser failed, and once more after another attempt.
        """
        while (event := await self._heard.get()) is not None:
            if isinstance(event, Exception):
                raise event
            yield event

    async def aclose(self) -> None:
        """Stop listening and close the stream."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
            self._running = None
        await asyncio.gather(*self._leaving)
        self._heard.put_nowait(None)

    async def _connect(self) -> Connection[Any]:
        connection = await connect(
            self._dialect.connect(), part=PART, within_s=self._connect_within_s
        )
        self._watch = Watch(self._patience_s, self._loop.time())
        return connection

    async def _run(self, connection: Connection[Any]) -> None:
        try:
            while True:
                why = await self._converse(connection)
                log.warning("the recogniser %s", why)
                if not self._spare:
                    raise VoiceError(f"{PART}: Deepgram {why}, after another attempt")
                self._spare = False
                await asyncio.sleep(random.uniform(0, JITTER_S))  # noqa: S311 - not a secret
                connection = await self._connect()
                self._outbox.rewind(self._turn_ended_ms)
        except Exception as exc:
            # Whoever listens gets it, whatever it is.
            self._heard.put_nowait(exc)

    async def _converse(self, connection: Connection[Any]) -> str:
        """Use a stream until it is lost, and say why it was."""
        reading = asyncio.create_task(self._read(connection.socket))
        sending = asyncio.create_task(self._send(connection.socket))
        try:
            await asyncio.wait({reading, sending}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            reading.cancel()
            sending.cancel()
            results = await asyncio.gather(reading, sending, return_exceptions=True)
            self._leave(connection)
        for result in results:
            if isinstance(result, Lost):
                return str(result)
        raise next(result for result in results if isinstance(result, Exception))

    def _leave(self, connection: Connection[Any]) -> None:
        """Let go of a stream: the next one does not wait until a dead peer has been given up."""
        task = asyncio.create_task(connection.aclose())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def _read(self, socket: Any) -> None:
        try:
            async for message in socket:
                reports = tuple(self._dialect.take(message))
                kinds = {type(report) for report in reports} - {Acknowledged}
                # A greeting or an acknowledgement shows life, and not that anything is heard.
                if kinds:
                    idle = not self._in_turn and kinds == {Interim}
                    self._watch.received(self._loop.time(), idle_update=idle)
                for report in reports:
                    self._report(report)
        except ConnectionClosed as exc:
            code = exc.rcvd.code if exc.rcvd is not None else "no reason"
            raise Lost(f"closed the stream ({code})") from None
        except Malformed as exc:
            raise Lost(f"makes no sense: {exc}") from None
        raise Lost("closed the stream")

    def _report(self, report: Report) -> None:
        if isinstance(report, Acknowledged):
            self._dialect.changes.answered(self._loop.time(), accepted=report.accepted)
            self._stirred.set()
            if not report.accepted:
                log.warning("the recogniser refused a change of settings")
        elif isinstance(report, Failed):
            raise Lost(f"failed ({report.code})")
        elif isinstance(report, SpeechStarted):
            self._start(report.at_ms)
        elif isinstance(report, Interim):
            self._understand(report)
        elif isinstance(report, EarlyTurn):
            if report.text:
                self._understand(Interim(report.text, report.at_ms))
                at_ms = self._outbox.caller_ms(report.at_ms)
                self._heard.put_nowait(replace(report, at_ms=at_ms))
        elif isinstance(report, Resumed):
            self._heard.put_nowait(Resumed(self._outbox.caller_ms(report.at_ms)))
        else:
            self._end(report)

    def _start(self, at_ms: int) -> None:
        if not self._in_turn:
            self._in_turn, self._interim, self._forced = True, "", ""
            self._heard.put_nowait(SpeechStarted(self._outbox.caller_ms(at_ms)))

    def _understand(self, interim: Interim) -> None:
        if interim.text and interim.text != self._interim:
            self._start(interim.at_ms)
            self._interim, self._interim_at = interim.text, self._loop.time()
            at_ms = self._outbox.caller_ms(interim.at_ms)
            self._heard.put_nowait(replace(interim, at_ms=at_ms))

    def _end(self, turn: CallerTurn) -> None:
        self._turn_ended_ms = self._outbox.caller_ms(turn.ended_ms)
        if turn.text:
            self._start(turn.ended_ms)
            self._heard.put_nowait(replace(turn, ended_ms=self._turn_ended_ms))
            self._spare = True
        self._in_turn = False

    async def _send(self, socket: Any) -> None:
        while True:
            await self._wait(socket)
            audio = self._outbox.take(CHUNK)
            gap_s = GAP_S if audio else CHUNK_S
            audio = audio or self._outbox.silence(CHUNK)
            await soon(socket.send_media(audio))
            self._watch.sent(audio, self._loop.time())
            self._due = self._loop.time() + (CHUNK_S if self._outbox.waiting else gap_s)
            await self._judge(socket)

    async def _wait(self, socket: Any) -> None:
        """Wait for a whole piece of audio, or until a part of one, or silence, must do."""
        while True:
            await self._tell(socket)
            if self._is_due(self._loop.time()):
                return
            self._stirred.clear()
            try:
                async with asyncio.timeout_at(self._due):
                    await self._stirred.wait()
            except TimeoutError:
                continue

    def _is_due(self, now: float) -> bool:
        """Whether what waits is to be sent, or silence in its place."""
        waiting = self._outbox.waiting
        speech = self._in_turn or now < self._speech_until
        return waiting >= (1 if speech else CHUNK) or now >= self._due

    async def _tell(self, socket: Any) -> None:
        if self._dialect.changes.due(self._loop.time()):
            await soon(self._dialect.tell(socket))

    async def _end_if_whole(self, socket: Any) -> None:
        """Ask for the end of a turn that holds all it was to hold, once the caller pauses."""
        if not self._in_turn or self._interim == self._forced:
            return
        pause = pause_ms(self._interim, self._expected)
        unchanged_s = self._loop.time() - self._interim_at
        if pause is None or unchanged_s < UNSETTLED_S:
            return
        if self._watch.quiet_ms >= pause or unchanged_s * 1000 >= pause + UNCHANGED_S * 1000:
            self._forced = self._interim
            await soon(self._dialect.force_end(socket))

    async def _judge(self, socket: Any) -> None:
        await self._end_if_whole(socket)
        verdict = self._watch.verdict(self._loop.time(), in_turn=self._in_turn)
        if verdict in ("gone", "deaf"):
            await asyncio.sleep(UNREAD_S)
            verdict = self._watch.verdict(self._loop.time(), in_turn=self._in_turn)
        if verdict == "force":
            await soon(self._dialect.force_end(socket))
        elif verdict == "gone":
            raise Lost("has gone silent")
        elif verdict == "deaf":
            # Perhaps it was only noise, so nothing is risked for it beyond the spare attempt.
            if self._spare:
                raise Lost("has gone deaf")
            self._watch.forgive(self._loop.time())
