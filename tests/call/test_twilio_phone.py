"""The recorded caller listens, answers what it was asked, and checks what came of the call."""

import re
import struct
from pathlib import Path
from typing import Any

import pytest

from evals.standins.call import missing, table
from evals.standins.echo import EchoDesk, tone
from evals.standins.phone import (
    Answers,
    CallerScript,
    Clip,
    ClipEntry,
    ScriptedCaller,
    ScriptRefused,
    Transcript,
    last_words,
    load_script,
    read_ulaw,
)
from evals.standins.serve import serve
from evals.standins.twilio import StandInTwilio

SCRIPT = """
caller = "+12175550163"
[[clips]]
file = "oil.wav"
text = "an oil change please"
answers = ["help"]
[[clips]]
file = "yes.wav"
text = "yes please"
answers = ["shall i", "Is that right"]
[[clips]]
file = "wait.wav"
text = "wait"
barge_in_ms = 40
[expect]
service_type = "oil_change"
"""


def _wav(ulaw: bytes, kind: int = 7) -> bytes:
    head = struct.pack("<HHIIHH", kind, 1, 8000, 8000, 1, 8)
    chunks = b"fmt " + struct.pack("<I", len(head)) + head
    chunks += b"fact" + struct.pack("<II", 4, len(ulaw))
    chunks += b"data" + struct.pack("<I", len(ulaw)) + ulaw
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WAVE" + chunks


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A script with three clips that differ."""
    (tmp_path / "caller.toml").write_text(SCRIPT, encoding="utf-8")
    for number, name in enumerate(("oil", "yes", "wait")):
        (tmp_path / f"{name}.wav").write_bytes(_wav(tone(100, code=0xA0 + number)))
    return tmp_path


def _clip(text: str, *answers: str, spare: bool = False) -> Clip:
    patterns = tuple(re.compile(answer) for answer in answers)
    return Clip(ClipEntry(file="", text=text, answers=patterns, spare=spare), text.encode())


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        (["how can I help", "what is your name"], ["oil change", "Daniel"]),
        (["What is your NAME?"], ["Daniel"]),
        (["hm", "hm", "hm"], ["oil change", "Daniel", None]),
        (["your name"] * 5, ["Daniel"] * 3 + ["oil change", None]),
        (["is that right"] * 2, ["yes", "yes"]),
    ],
    ids=[
        "each question has its answer", "whatever its case", "in order when nothing fits",
        "a question is answered three times", "a spare clip is said when it fits",
    ],
)  # fmt: skip
def test_a_clip_is_chosen(heard: list[str], said: list[str | None]) -> None:
    clips = (
        _clip("oil change", "help"), _clip("Daniel", "name"), _clip("yes", "right", spare=True),
    )  # fmt: skip
    answers = Answers(clips)
    chosen = [answers.choose(text) for text in heard]
    assert [clip.entry.text if clip else None for clip in chosen] == said


def test_only_what_the_agent_said_last_is_answered() -> None:
    said = [("assistant", "Hello."), ("caller", "Hi."), ("assistant", "A?"), ("assistant", "B?")]
    assert last_words([{"role": role, "text": text} for role, text in said]) == "A? B?"
    assert last_words([]) == ""


def test_a_script_is_read(folder: Path) -> None:
    script = load_script(folder / "caller.toml")
    assert (script.name, script.caller) == ("caller", "+12175550163")
    assert [clip.ulaw for clip in script.clips] == [tone(100, code=0xA0 + n) for n in range(3)]
    assert script.expect == {"service_type": "oil_change"}


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (("oil.wav", "gone.wav"), "gone.wav"),
        (('answers = ["help"]', 'answers = ["("]'), "clips.0.answers.0"),
        (("[[clips]]", "[[other]]"), "clips"),
        (("caller =", "caller"), "caller.toml"),
    ],
    ids=["a missing clip", "a bad pattern", "no clips", "no TOML"],
)
def test_a_bad_script_is_refused_by_what_is_wrong(
    folder: Path, change: tuple[str, str], wrong: str
) -> None:
    (folder / "caller.toml").write_text(SCRIPT.replace(*change), encoding="utf-8")
    with pytest.raises(ScriptRefused, match=re.escape(wrong)):
        load_script(folder / "caller.toml")


@pytest.mark.parametrize("raw", [b"", b"RIFF", _wav(b"x", kind=1), _wav(b"x")[:30]])
def test_a_clip_of_another_kind_is_refused(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "clip.wav").write_bytes(raw)
    with pytest.raises(ScriptRefused, match="mu-law, 8000 Hz"):
        read_ulaw(tmp_path / "clip.wav")


@pytest.mark.anyio
async def test_a_whole_conversation(folder: Path) -> None:
    desk = EchoDesk()
    script = load_script(folder / "caller.toml")
    asked = iter(["How can I help?", "Is that right?"])
    spoken: list[tuple[str, str]] = []

    async def hear() -> Transcript:
        return [{"role": "assistant", "text": next(asked, "")}]

    def tell(who: str, text: str) -> None:
        spoken.append((who, text))

    async with (
        serve(desk.app()) as url,
        StandInTwilio(reach=url) as twilio,
        twilio.call(pace=3) as call,
    ):
        ending = await ScriptedCaller(call, script, hear, tell, quiet_ms=200).run()
        assert ending == "nothing left to say"
        await call.over()
    assert spoken == [
        ("agent", "How can I help?"), ("caller", "an oil change please"),
        ("agent", "Is that right?"), ("caller", "yes please"),
        ("caller", "wait"), ("agent", ""),
    ]  # fmt: skip
    assert b"".join(clip.ulaw for clip in script.clips) in bytes(call.tape.caller).replace(
        b"\xff", b""
    )
    assert desk.calls[0].times_closed == 1


@pytest.mark.anyio
async def test_a_caller_notices_that_the_agent_has_hung_up(folder: Path) -> None:
    desk = EchoDesk()

    async def hear() -> Transcript:
        call.press("1")
        return []

    async with (
        serve(desk.app()) as url,
        StandInTwilio(reach=url) as twilio,
        twilio.call(pace=3) as call,
    ):
        caller = ScriptedCaller(call, load_script(folder / "caller.toml"), hear, quiet_ms=200)
        assert await caller.run() == "the agent hung up"


OIL = {"service_type": "oil_change", "status": "scheduled"}


@pytest.mark.parametrize(
    ("shown", "line"),
    [
        ({"appointments": [OIL]}, None),
        ({"appointments": [{**OIL, "status": "cancelled"}, OIL]}, None),
        ({}, "does not know the call"),
        ({"appointments": [], "outcome": "abandoned"}, "outcome is abandoned"),
        ({"appointments": [{**OIL, "status": "cancelled"}]}, "no appointment was made"),
        ({"appointments": [{**OIL, "service_type": "brakes"}]}, "there is brakes"),
    ],
)
def test_what_is_missing_is_said_in_one_line(shown: dict[str, Any], line: str | None) -> None:
    script = CallerScript("caller", (), expect={"service_type": "oil_change"})
    lacking = missing(script, shown)
    assert lacking == line if line is None else line in (lacking or "")


def test_turns_are_shown_from_the_end_of_the_callers_words() -> None:
    turns = [{"turn": 1, "caller_stopped": 1000.0, "first_token": 1040.4, "interrupted": None}]
    assert table(turns) == ["turn  first_token  interrupted", "   1           40            -"]
    assert table([]) == ["no turns were timed"]
