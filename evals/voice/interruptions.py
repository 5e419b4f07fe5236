"""What is measured of callers who make themselves heard while Sophie speaks, in virtual time."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import orjson

from evals.voice.notes import BREAK_MS, Notes, chance
from evals.voice.observed import Cut, Intrusion, IntrusionKind, Observed
from evals.voice.rig import MS_PER_CHARACTER
from evals.voice.virtual_line import END_MS, NOTICED_MS, Agent, VirtualLine, hold
from evals.voice.virtual_time import run_virtually
from voice.manners import Manners
from voice.normalise import spoken

LABELLED = Path(__file__).parents[1] / "utterances" / "backchannels.jsonl"
CUTS = 200
STORY = (
    "The small green truck needs some brand new tires. "
    "Both front brake discs also feel quite worn. "
    "Most other parts look fine and work very well. "
)
_CUTS_A_CALL = 10
_ANSWER = "All right."
_WHOLE_MS = len(STORY) * MS_PER_CHARACTER


def cuts(seed: int, count: int, manners: Manners) -> Iterator[Observed]:
    """Replies that are cut short at offsets all over them."""
    rng = chance(seed, "cuts")
    for _ in range(count // _CUTS_A_CALL):
        offsets = [rng.uniform(20, _WHOLE_MS - 2_000) for _ in range(_CUTS_A_CALL)]
        notes = Notes()
        agent = Agent([STORY, _ANSWER] * _CUTS_A_CALL)
        line = run_virtually(hold(agent, partial(_cut_in, notes, offsets), manners))
        yield notes.observed("cuts in", line)


async def _cut_in(notes: Notes, offsets: list[float], line: VirtualLine) -> None:
    for number, offset_ms in enumerate(offsets, start=1):
        await line.quiet(BREAK_MS)
        _, stopped = await line.say("tell me a story", ms=600)
        begun = await line.answered(stopped)
        assert begun is not None
        played, kept = len(line.handset.played), len(line.agent.was_heard)
        await line.until_ms(begun + offset_ms)
        intrusion = await _over(line, "cuts in", f"wait {number}", ms=500)
        notes.intrusions.append(intrusion)
        heard = bytes(line.handset.played[played:])
        cut = [line.agent.was_heard[-1]] if len(line.agent.was_heard) > kept else []
        notes.cuts += [Cut(_words_played(heard), len(words.split())) for words in cut]
        await line.answered(line.now_ms)


def _words_played(ulaw: bytes) -> int:
    """How many words of the story were played whole; the voice leaves out some of the spaces."""
    from_story = _bare(ulaw[:: MS_PER_CHARACTER * 8].decode("latin-1"))
    count = letters = 0
    for word in STORY.split():
        letters += len(word)
        count += letters <= len(from_story)
    return count


# Sounds that want nothing


def labelled(manners: Manners) -> Iterator[Observed]:
    """The table of what listeners say: those who say no more are not to be yielded to."""
    for row in LABELLED.read_bytes().splitlines():
        one = orjson.loads(row)
        notes = Notes()
        agent = Agent([one["heard"] + one["unheard"] or _ANSWER, _ANSWER])
        agent.asks = one["expecting"]
        agent.thinks_s = 0.0 if one["heard"] + one["unheard"] else 1.2
        kind: IntrusionKind = "back-channel" if one["goes_on"] else "cuts in"
        job = partial(_interject, notes, one["heard"], one["words"], kind)
        line = run_virtually(hold(agent, job, manners))
        yield notes.observed(f"{kind}: {one['words']}", line)


async def _interject(
    notes: Notes, heard: str, words: str, kind: IntrusionKind, line: VirtualLine
) -> None:
    await line.quiet(BREAK_MS)
    _, stopped = await line.say("tell me", ms=500)
    if heard:
        begun = await line.answered(stopped)
        assert begun is not None
        # The recogniser tells of a sound a little late, and what was heard by then is what counts.
        length = len(spoken(heard).text.replace(" ", "")) * MS_PER_CHARACTER
        length += heard.count(" ") * MS_PER_CHARACTER
        await line.until_ms(begun + length - 30)
    else:
        await line.until_ms(stopped + END_MS + 100)
    over = await _over(line, kind, words, ms=350)
    notes.intrusions.append(over if kind == "cuts in" else await _heard_out(line, over))


def noises(seed: int, manners: Manners) -> Iterator[Observed]:
    """Coughs and doors, and people who speak to somebody else too far away to be made out."""
    rng = chance(seed, "noises")
    for number in range(40):
        notes = Notes()
        kind: IntrusionKind = "side talk" if number % 4 == 0 else "cough"
        ms = rng.uniform(1_000, 2_500) if kind == "side talk" else rng.uniform(120, 500)
        at_ms = rng.uniform(100, _WHOLE_MS - 3_000)
        line = run_virtually(
            hold(Agent([STORY, _ANSWER]), partial(_make_noise, notes, kind, at_ms, ms), manners)
        )
        yield notes.observed(kind, line)


async def _make_noise(
    notes: Notes, kind: IntrusionKind, at_ms: float, ms: float, line: VirtualLine
) -> None:
    await line.quiet(BREAK_MS)
    _, stopped = await line.say("tell me a story", ms=600)
    begun = await line.answered(stopped)
    assert begun is not None
    await line.until_ms(begun + at_ms)
    notes.intrusions.append(await _heard_out(line, await _over(line, kind, "", ms=ms)))


async def _heard_out(line: VirtualLine, over: Intrusion) -> Intrusion:
    """The same, once it is known whether the reply was said to its end, each sound of it once."""
    await line.answered(over.noticed_ms)  # she may have been thinking still
    await line.quiet(1_000)
    whole = _bare(spoken(line.agent.said[-1]).text) in _bare(line.handset.heard)
    return replace(over, gave_up=over.gave_up or not whole)


def _bare(text: str) -> str:
    """Without spaces, of which the voice leaves out some."""
    return text.replace(" ", "")


async def _over(line: VirtualLine, kind: IntrusionKind, words: str, *, ms: float) -> Intrusion:
    """Make a sound, or say something, over Sophie; and see what she does."""
    asked = len(line.agent.asked)
    began = line.now_ms
    speaking = any(spell.start_ms <= began < spell.end_ms for spell in line.sophie)
    before = len(line.handset.cleared_at)
    if words:
        await line.say(words, ms=ms)
    else:
        await line.sound(ms)
    noticed = began + NOTICED_MS
    await line.until_ms(began + ms + END_MS + 50)
    cleared = line.handset.cleared_at[before:]
    gave_up = len(line.agent.asked) > asked
    silent = line.ms_of(cleared[0]) - noticed if cleared and speaking else None
    if not speaking and gave_up:
        silent = 0.0  # there was nothing to silence: she was still thinking
    paused = 0.0
    if cleared and not gave_up:
        on = await line.answered(noticed + (silent or 0.0))
        paused = 0.0 if on is None else on - noticed - (silent or 0.0)
    return Intrusion(kind, noticed, silent, paused, gave_up)
