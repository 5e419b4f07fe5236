"""The Deepgram adapters' decisions, without a socket."""

from types import SimpleNamespace

import pytest

from voice.deepgram import fields
from voice.deepgram.changes import Changes
from voice.deepgram.client import Deepgram
from voice.deepgram.fields import Malformed
from voice.deepgram.flushes import Flushes
from voice.deepgram.keyterms import MOST_LETTERS, MOST_TERMS, keyterms
from voice.deepgram.listen import DeepgramEars
from voice.deepgram.outbox import Outbox
from voice.deepgram.reply import Reply
from voice.deepgram.speak import DeepgramMouths
from voice.deepgram.watch import STEADY_FROM, Verdict, Watch
from voice.ports import Ears, Mouths, Sound
from voice.script import Pace

pytestmark = pytest.mark.anyio

SECOND = 8000
LOUD = b"\x80" * SECOND
QUIET = b"\xff" * SECOND


def _outbox(waiting_ms: int = 10_000, replay_ms: int = 2_000) -> Outbox:
    return Outbox(waiting_ms=waiting_ms, replay_ms=replay_ms)


def test_audio_leaves_in_order_and_in_pieces() -> None:
    outbox = _outbox()
    outbox.put(b"abc")
    outbox.put(b"def")
    assert (outbox.take(4), outbox.waiting, outbox.take(4), outbox.take(4)) == (
        b"abcd", 2, b"ef", b"",
    )  # fmt: skip


def test_the_oldest_audio_is_dropped_and_counted() -> None:
    outbox = _outbox(waiting_ms=1000)
    outbox.put(LOUD)
    outbox.put(QUIET)
    assert outbox.dropped_ms == 1000
    assert outbox.take(2 * SECOND) == QUIET
    assert outbox.caller_ms(0) == 1000
    assert outbox.caller_ms(500) == 1500


def test_silence_put_in_does_not_count_as_the_callers_time() -> None:
    outbox = _outbox()
    outbox.put(LOUD)
    outbox.take(SECOND)
    for _ in range(3):
        assert outbox.silence(SECOND) == QUIET
    outbox.put(LOUD)
    outbox.take(SECOND)
    at = [outbox.caller_ms(ms) for ms in (0, 500, 1000, 2500, 4000, 4500, 5000, 9000)]
    assert at == [0, 500, 1000, 1000, 1000, 1500, 2000, 2000]


def test_a_new_connection_gets_the_last_audio_again() -> None:
    outbox = _outbox(replay_ms=2_000)
    for byte in b"abcd":
        outbox.put(bytes([byte]) * SECOND)
        outbox.take(SECOND)
    outbox.put(b"e" * SECOND)
    outbox.rewind(3000)
    assert outbox.caller_ms(0) == 3000
    assert outbox.take(3 * SECOND) == b"d" * SECOND + b"e" * SECOND
    outbox.rewind(0)
    outbox.take(SECOND)
    assert outbox.caller_ms(250) == 3250, "older audio than is kept cannot come again"


VERDICTS: dict[str, tuple[bool, bool, bytes, float, bool, Verdict]] = {
    # spoken, reports silence, audio since, seconds since, in a turn, verdict
    "a turn that goes on": (True, True, LOUD, 1.0, True, "fine"),
    "a turn in which the caller goes on speaking": (True, True, LOUD * 4, 4.0, True, "fine"),
    "the same without any report for longer still": (True, True, LOUD * 5, 5.0, True, "gone"),
    "a turn without a word for long": (True, True, QUIET * 3, 3.0, True, "force"),
    "the same for longer still": (True, True, QUIET * 5, 5.0, True, "gone"),
    "a file sent at once is no silence": (True, True, LOUD * 9, 0.1, True, "fine"),
    "a line without audio is no silence": (True, True, b"", 9.0, True, "fine"),
    "a quiet caller, where silence never was reported": (
        True,
        False,
        QUIET * 9,
        9.0,
        False,
        "fine",
    ),
    "a quiet caller, where silence was reported": (True, True, QUIET * 5, 5.0, False, "fine"),
    "silence no longer reported": (True, True, QUIET * 6, 6.0, False, "deaf"),
    "sound nobody reports, where silence was reported": (True, True, LOUD * 4, 4.0, False, "deaf"),
    "sound nobody reports, where silence never was": (True, False, LOUD * 4, 4.0, False, "fine"),
    "the same for twice as long": (True, False, LOUD * 6, 6.0, False, "deaf"),
    "one word nobody reports": (True, True, LOUD[:3200] + QUIET * 3, 3.4, False, "deaf"),
    "one word, which was all": (False, False, LOUD[:3200] + QUIET * 3, 3.4, False, "gone"),
    "a knock": (False, False, LOUD[:1280] + QUIET * 3, 3.2, False, "fine"),
    "a word just now, after a long silence": (
        True,
        False,
        QUIET * 9 + LOUD[:3200],
        9.4,
        False,
        "fine",
    ),
    "not a word since the beginning": (False, False, LOUD * 4, 4.0, False, "gone"),
}


@pytest.mark.parametrize(
    ("spoken", "chatty", "audio", "seconds", "in_turn", "verdict"),
    VERDICTS.values(),
    ids=VERDICTS.keys(),
)
def test_the_watch(
    spoken: bool, chatty: bool, audio: bytes, seconds: float, in_turn: bool, verdict: Verdict
) -> None:
    watch = Watch(3.0, now=0)
    for _ in range(STEADY_FROM if spoken else 0):
        watch.received(0, idle_update=chatty)
    for start in range(0, len(audio), 640):
        watch.sent(audio[start : start + 640], 0)
    assert watch.verdict(seconds, in_turn=in_turn) == verdict


def test_silence_that_is_reported_now_and_then_promises_nothing() -> None:
    watch = Watch(3.0, now=0)
    for second in range(20):
        watch.sent(QUIET, second)
        watch.received(second, idle_update=True)
    watch.sent(QUIET * 9, 20)
    assert watch.verdict(30, in_turn=False) == "fine"


def test_the_end_of_a_turn_is_asked_for_once_in_a_silence() -> None:
    watch = Watch(3.0, now=0)
    watch.sent(QUIET * 3, 0)
    assert [watch.verdict(3, in_turn=True) for _ in range(2)] == ["force", "fine"]
    watch.received(3)
    watch.sent(QUIET * 3, 0)
    assert watch.verdict(6, in_turn=True) == "force"


def test_a_clause_completes_with_the_last_of_its_audio() -> None:
    reply = Reply(Pace())
    reply.said("Hello.")
    reply.flushed()
    assert reply.audio(b"a" * 100) == []
    assert reply.audio(b"b" * 100) == [Sound(b"a" * 40)]
    assert reply.complete() == [Sound(b"a" * 60 + b"b" * 100, completes="Hello.")]
    assert reply.complete() == []


def _three(pace: Pace) -> Reply:
    reply = Reply(pace)
    for clause in ("Once,", "twice,", "thrice."):
        reply.said(clause)
    assert reply.unflushed == ["Once,", "twice,", "thrice."]
    reply.flushed()
    return reply


@pytest.mark.parametrize("size", [20, 160, 800, 5000], ids=lambda size: f"pieces of {size} bytes")
def test_clauses_flushed_together_end_about_where_their_texts_do(size: int) -> None:
    pace = Pace()
    pace.learn(ulaw=1_000_000, characters=10_000)
    reply = _three(pace)
    sounds = [sound for start in range(0, 1800, size) for sound in reply.audio(b"a" * size)]
    sounds += reply.complete()
    ends, position = {}, 0
    for sound in sounds:
        position += len(sound.ulaw)
        if sound.completes:
            ends[sound.completes] = position
    assert list(ends) == ["Once,", "twice,", "thrice."]
    assert ends["Once,"] == pytest.approx(500, abs=10)
    assert ends["twice,"] == pytest.approx(1100, abs=10)
    assert ends["thrice."] == position
    assert all(sound.ulaw for sound in sounds)


def test_clauses_spoken_faster_than_thought_complete_in_order_at_the_end() -> None:
    reply = _three(Pace())
    reply.audio(b"a" * 1000)
    sounds = reply.complete()
    assert [sound.completes for sound in sounds] == ["Once,", "twice,", "thrice."]
    assert sum(len(sound.ulaw) for sound in sounds) == 160


def test_a_group_that_begins_anew_completes_no_clause_twice() -> None:
    reply = _three(Pace())
    first = reply.audio(b"a" * 4000)
    reply.restart()
    assert reply.groups == [["twice,", "thrice."]]
    again = [*reply.audio(b"a" * 9000), *reply.complete()]
    completed = [sound.completes for sound in [*first, *again] if sound.completes]
    assert completed == ["Once,", "twice,", "thrice."]


def test_flushes_run_low_are_saved_and_are_spent_for_a_minute() -> None:
    flushes = Flushes()
    seen = []
    for second in range(20):
        seen.append((flushes.low(second), flushes.to_spare(second), flushes.spent(second)))
        flushes.sent(second)
    assert seen == [(number >= 10, number < 16, False) for number in range(20)]
    assert flushes.spent(60.9)
    assert not flushes.spent(61)
    assert not flushes.low(71)


def test_alone_a_connection_lasts_for_ever_at_an_ordinary_pace() -> None:
    flushes = Flushes()
    for number in range(100):
        now = number * 4.5
        if flushes.to_spare(now, alone=True):
            flushes.sent(now)
        assert not flushes.spent(now)
        flushes.sent(now)


def test_one_change_is_asked_for_at_a_time_however_late_the_answers_are() -> None:
    changes = Changes("open")
    changes.answered(0, accepted=True)  # nobody asked
    changes.wanted = "yes_no"
    assert changes.due(0)
    assert changes.asking() == "yes_no"
    changes.wanted = "phone"
    assert not changes.due(3600)
    changes.answered(3600, accepted=True)
    assert changes.due(3600)
    changes.asking()
    changes.wanted = "yes_no"
    assert not changes.due(3601)
    changes.answered(3601, accepted=True)
    changes.wanted = "phone"
    assert not changes.due(3601)


def test_a_refused_change_is_asked_for_again_later_and_another_one_at_once() -> None:
    changes = Changes("open")
    changes.wanted = "yes_no"
    changes.asking()
    changes.answered(10, accepted=False)
    assert (changes.due(10), changes.due(11.9), changes.due(12)) == (False, False, True)
    changes.asking()
    changes.answered(12, accepted=False)
    assert (changes.due(15.9), changes.due(16)) == (False, True)
    changes.wanted = "phone"
    assert changes.due(12)
    changes.asking()
    changes.answered(12, accepted=True)
    changes.wanted = "yes_no"
    assert changes.due(12)


def test_another_stream_begins_with_what_is_wanted_and_owes_no_answer() -> None:
    changes = Changes("open")
    changes.wanted = "yes_no"
    changes.asking()
    changes.wanted = "phone"
    assert changes.connecting() == "phone"
    assert not changes.due(0)
    changes.wanted = "open"
    assert changes.due(0)


@pytest.mark.parametrize("value", ["abc", True, -2, float("nan"), float("inf"), 10**400, [], {}])
def test_a_moment_that_cannot_be_is_malformed(value: object) -> None:
    with pytest.raises(Malformed):
        fields.ms(SimpleNamespace(end=value), "end")


@pytest.mark.parametrize("value", ["x", 1.5, -0.1, float("nan"), ["0.9"]])
def test_a_confidence_that_cannot_be_is_malformed(value: object) -> None:
    with pytest.raises(Malformed):
        fields.confidence(SimpleNamespace(confidence=value))


def test_what_is_missing_in_a_message_is_no_fault() -> None:
    message = SimpleNamespace(end=-1, start=1.25, words=None, type=["odd"])
    assert fields.kind(message) == fields.text(message, "transcript") == ""
    assert [fields.ms(message, name) for name in ("end", "start", "none")] == [0, 1250, 0]
    assert fields.items(message, "words") == []
    assert fields.confidence(message) is None


def test_keyterms_are_joined_without_repeats_within_what_deepgram_takes() -> None:
    assert keyterms(("Honda  Civic", "bart's"), ("Bart's", "", "VIN")) == (
        "Honda Civic", "bart's", "VIN",
    )  # fmt: skip
    assert len(keyterms(tuple(f"t{number}" for number in range(500)))) == MOST_TERMS
    long = tuple(f"{number}{'a' * 99}" for number in range(50))
    assert 0 < len("".join(keyterms(long))) <= MOST_LETTERS


@pytest.mark.parametrize(
    ("base_url", "says"),
    [
        ("api.deepgram.com", "must begin with"),
        ("ftp://api.deepgram.com", "must begin with"),
        ("https://", "must begin with"),
        ("https://api.deepgram.com:port", "malformed"),
        ("https://[api", "malformed"),
        ("https://user:hunter2@api.deepgram.com", "user name or password"),
        ("https://api.deepgram.com?x=1", r"without \?"),
        ("", "must begin with"),
    ],
)
async def test_a_base_url_that_cannot_be_used_says_why(base_url: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        Deepgram("secret-key", base_url)
    assert "secret-key" not in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "web", "socket"),
    [
        ("http://127.0.0.1:8082/", "http://127.0.0.1:8082", "ws://127.0.0.1:8082"),
        ("wss://dg.example/eu/", "https://dg.example/eu", "wss://dg.example/eu"),
        (None, "https://api.deepgram.com", "wss://api.deepgram.com"),
    ],
)
async def test_a_base_url_serves_http_and_websockets(
    given: str | None, web: str, socket: str
) -> None:
    deepgram = Deepgram("secret-key", given)
    environment = deepgram.sdk._client_wrapper.get_environment()
    assert (environment.base, environment.production) == (web, socket)
    await deepgram.aclose()


@pytest.mark.parametrize("key", ["", "two words", "line\nbreak", "schlüssel"])
async def test_a_key_that_cannot_be_used_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(ValueError, match="API key") as caught:
        DeepgramEars(key)
    assert not key or key not in str(caught.value)


async def test_nothing_shows_the_key() -> None:
    ears: Ears = DeepgramEars("secret-key")
    mouths: Mouths = DeepgramMouths("secret-key")
    assert "secret-key" not in repr(ears) + repr(mouths) + str(vars(ears)) + str(vars(mouths))
    await ears.aclose()
    await mouths.aclose()


async def test_a_model_of_another_family_is_refused() -> None:
    with pytest.raises(ValueError, match="flux-"):
        DeepgramEars("secret-key", model="whisper")
    with pytest.raises(ValueError, match="aura-"):
        DeepgramMouths("secret-key", model="flux-general-en")
