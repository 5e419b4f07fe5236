"""What has been heard of a reply with gaps in it, on telephones whose marks come late."""

import random
from dataclasses import dataclass, field

import pytest

from tests.support.soak import sampled
from voice.playback import BYTES_PER_MS, Playback

LEAD_MS = 400
PIECE = 100 * BYTES_PER_MS
MS_PER_CHARACTER = 60
FILLER = "One moment."
ANSWER = ("Alpha beta gamma delta.", "Epsilon zeta eta theta.", "Iota kappa lambda mu.")


def spoken(text: str) -> bytes:
    return b"x" * (len(text) * MS_PER_CHARACTER * BYTES_PER_MS)


@dataclass
class Telephone:
    """Plays what it is sent, one piece after the other, and echoes each mark a while later.

    Attributes:
        free_ms: When it will have played everything.
        played: When each piece begins to sound, with its position and size.
    """

    late_ms: float
    free_ms: float = 0.0
    played: list[tuple[float, int, int]] = field(default_factory=list)
    marks: list[tuple[float, str]] = field(default_factory=list)

    def take(self, playback: Playback, *, now_ms: float) -> bool:
        begins = playback.sent
        piece = playback.take(PIECE, now_ms=now_ms)
        if not piece:
            return False
        starts = max(now_ms, self.free_ms)
        self.free_ms = starts + len(piece) / BYTES_PER_MS
        self.played.append((starts, begins, len(piece)))
        name = f"m{len(self.played)}"
        playback.mark(name)
        self.marks.append((self.free_ms + self.late_ms, name))
        return True

    def echo(self, playback: Playback, *, now_ms: float) -> None:
        while self.marks and self.marks[0][0] <= now_ms:
            at, name = self.marks.pop(0)
            playback.echoed(name, now_ms=at)

    def position(self, now_ms: float) -> int:
        """How much has really been heard."""
        heard = 0
        for starts, begins, size in self.played:
            if starts < now_ms:
                heard = begins + min(size, int((now_ms - starts) * BYTES_PER_MS))
        return heard


@pytest.mark.parametrize("seed", range(sampled(60, 3000)))
def test_no_word_is_claimed_that_was_not_heard(seed: int) -> None:
    """Clauses and fillers that come with gaps between them, marks up to 200 ms late."""
    rng = random.Random(seed)
    playback, telephone = Playback(), Telephone(late_ms=rng.choice((0, 20, 100, 200)))
    now_ms, ends = 0.0, list[tuple[str, int, int]]()
    for clause in ANSWER:
        if rng.random() < 0.5:
            _say(playback, FILLER, is_filler=True)
            now_ms = _carry(playback, telephone, now_ms, rng.uniform(0, 3000), ends)
        _say(playback, clause)
        ends.append((clause, len(playback.audio) - len(spoken(clause)), len(playback.audio)))
        now_ms = _carry(playback, telephone, now_ms, rng.uniform(0, 5000), ends)
    now_ms = _carry(playback, telephone, now_ms, 20_000, ends)
    assert playback.done
    assert playback.heard(now_ms) == "".join(ANSWER)


def _say(playback: Playback, text: str, *, is_filler: bool = False) -> None:
    playback.begin(text, is_filler=is_filler)
    playback.voiced(spoken(text), completes=True)


def _carry(
    playback: Playback,
    telephone: Telephone,
    now_ms: float,
    for_ms: float,
    clauses: list[tuple[str, int, int]],
) -> float:
    until_ms = now_ms + for_ms
    while now_ms < until_ms:
        telephone.echo(playback, now_ms=now_ms)
        while playback.ahead_ms(now_ms) <= LEAD_MS and telephone.take(playback, now_ms=now_ms):
            pass
        assert telephone.free_ms - now_ms <= LEAD_MS + 100 + telephone.late_ms
        assert not playback.estimated(now_ms)
        position, heard = telephone.position(now_ms), playback.heard(now_ms)
        truth = "".join(
            text[: round(len(text) * min(1.0, max(0, position - begins) / (ends - begins)))]
            for text, begins, ends in clauses
        )
        assert len(heard) <= len(truth) + 1, (heard, truth)
        late = telephone.late_ms + 100 + MS_PER_CHARACTER * 8
        behind = telephone.position(now_ms - late) if now_ms > late else 0
        assert len(heard) >= sum(len(text) for text, _, ends in clauses if ends <= behind), (
            "a word that was heard long ago is claimed"
        )
        now_ms += 20
    return now_ms


def test_an_answer_is_not_heard_while_a_filler_before_it_is_still_voiced() -> None:
    playback = Playback()
    playback.begin(FILLER, is_filler=True)
    playback.voiced(spoken(FILLER), completes=False)
    playback.begin(ANSWER[0])
    playback.take(PIECE, now_ms=0)
    playback.mark("m1")
    playback.echoed("m1", now_ms=100)
    assert playback.heard(100) == ""
    assert playback.unheard(100) == ANSWER[0]


def test_nothing_is_left_of_a_filler_that_is_dropped_while_it_is_voiced() -> None:
    playback = Playback()
    playback.begin(FILLER, is_filler=True)
    playback.voiced(spoken("On"), completes=False)
    playback.drop_filler()
    playback.begin(ANSWER[0])
    playback.voiced(spoken("e moment."), completes=True)
    playback.voiced(spoken(ANSWER[0]), completes=True)
    assert bytes(playback.audio) == spoken(ANSWER[0])


def test_a_mark_from_before_a_pause_that_comes_late_does_not_turn_the_clock_back() -> None:
    playback, telephone = Playback(), Telephone(late_ms=300)
    _say(playback, FILLER, is_filler=True)
    now_ms = _carry(playback, telephone, 0.0, 800, [])
    _say(playback, ANSWER[0])
    begins = len(playback.audio) - len(spoken(ANSWER[0]))
    clauses = [(ANSWER[0], begins, len(playback.audio))]
    _carry(playback, telephone, now_ms, 3000, clauses)
