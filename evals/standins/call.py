"""`make call`: plays a recorded caller into the service exactly as Twilio would, in real time.

Uses the service that is running, or starts a fresh one for the call. Leaves a stereo recording,
the transcript and the time line, and fails unless the appointment is in the records.
"""

import argparse
import asyncio
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson

from api.settings import Settings, SettingsRefused, read_settings
from evals.standins.call_service import CallFailed, say, service
from evals.standins.phone import (
    CallerScript,
    ScriptedCaller,
    ScriptRefused,
    Transcript,
    load_script,
)
from evals.standins.twilio import CALLER, PhoneCall, StandInTwilio

RECORDINGS = Path(__file__).parent.parent / "recordings"
_SETTLE_S = 15.0
_LIVE = ("scheduled", "confirmed")


@dataclass(slots=True)
class Screen:
    """Prints the conversation as it goes."""

    now_ms: Callable[[], int] = lambda: 0
    lines: list[str] = field(default_factory=list)

    def tell(self, who: str, text: str) -> None:
        """One thing that was said."""
        minutes, ms = divmod(self.now_ms(), 60_000)
        speaker = "Sophie" if who == "agent" else "Caller"
        self.show(f"{minutes}:{ms / 1000:04.1f}  {speaker}  {text or '(nothing was made out)'}")

    def show(self, line: str) -> None:
        """A line, kept for the transcript file."""
        self.lines.append(line)
        say(line)


@dataclass(frozen=True, slots=True)
class Records:
    """What the service says of a call over its text channel."""

    client: httpx.AsyncClient
    call_sid: str

    async def show(self) -> dict[str, Any]:
        """The call, empty when it is not known."""
        answer = await self.client.get(f"/v1/calls/{self.call_sid}")
        if answer.status_code == 404:
            return {}
        if not answer.is_success:
            raise CallFailed(f"GET /v1/calls/… was answered with {answer.status_code}")
        shown: dict[str, Any] = answer.json()
        return shown

    async def transcript(self) -> Transcript:
        """What was said, once it holds what the agent said last."""
        said: Transcript = []
        for _ in range(10):
            said = (await self.show()).get("transcript", [])
            if said and said[-1]["role"] != "caller":
                break
            await asyncio.sleep(0.1)
        return said

    async def final(self) -> dict[str, Any]:
        """The call once it is over."""
        shown = await self.show()
        for _ in range(int(_SETTLE_S * 5)):
            if shown.get("status") == "over":
                break
            await asyncio.sleep(0.2)
            shown = await self.show()
        return shown


async def converse(
    url: str, script: CallerScript, settings: Settings, screen: Screen
) -> tuple[PhoneCall, dict[str, Any]]:
    """Place the call and hold it to its end; returns it and what the records say of it.

    Raises:
        CallFailed: The service did not take the call, or fell silent.
    """
    token = settings.twilio_auth_token
    key = settings.api_token
    headers = {"authorization": f"Bearer {key.get_secret_value()}"} if key else {}
    async with (
        httpx.AsyncClient(base_url=url, headers=headers, trust_env=False) as client,
        StandInTwilio(
            auth_token=token.get_secret_value() if token else None,
            account_sid=settings.twilio_account_sid,
            public_url=settings.public_url if token else None,
            reach=url,
        ) as twilio,
        twilio.call(caller=script.caller or CALLER) as call,
    ):
        records = Records(client, call.call_sid)
        screen.now_ms = lambda: call.now_ms
        try:
            ending = await ScriptedCaller(call, script, records.transcript, screen.tell).run()
        except TimeoutError:
            raise CallFailed("Sophie said nothing for a minute") from None
        await call.over()
        if not call.tape.ms:
            raise CallFailed(_why_refused(call))
        screen.show(f"({ending})")
        return call, await records.final()


def _why_refused(call: PhoneCall) -> str:
    if 403 in (*call.statuses, *call.refusals):
        return (
            "the service took the call for a forgery: give this command the same "
            "TWILIO_AUTH_TOKEN and PUBLIC_URL as the service"
        )
    return f"the service did not take the call: {call.statuses} {call.spoken}"


def missing(script: CallerScript, shown: Mapping[str, Any]) -> str | None:
    """What the records lack of what the script expects, in one line."""
    if not shown:
        return "the service does not know the call"
    made = [a for a in shown.get("appointments", []) if a.get("status") in _LIVE]
    if not made:
        return f"no appointment was made; the call's outcome is {shown.get('outcome')}"
    for name, wanted in script.expect.items():
        if not any(str(a.get(name)) == wanted for a in made):
            found = ", ".join(str(a.get(name)) for a in made)
            return f"no appointment with {name} {wanted!r}; there is {found}"
    return None


def table(turns: list[dict[str, Any]]) -> list[str]:
    """The turns' time lines, one row each, in milliseconds after the caller fell silent."""
    if not turns:
        return ["no turns were timed"]
    names = [name for name in turns[0] if name not in ("turn", "caller_stopped")]
    rows = ["turn  " + "  ".join(names)]
    for turn in turns:
        start = turn.get("caller_stopped") or 0
        cells = ["-" if turn.get(name) is None else f"{turn[name] - start:.0f}" for name in names]
        padded = [cell.rjust(len(name)) for cell, name in zip(cells, names, strict=True)]
        rows.append(f"{turn.get('turn', ''):>4}  " + "  ".join(padded))
    return rows


def write(out: Path, call: PhoneCall, shown: Mapping[str, Any], screen: Screen) -> None:
    """Leave the recording, the transcript and the time line."""
    call.tape.save(out / "conversation.wav")
    (out / "transcript.txt").write_text("\n".join(screen.lines) + "\n", encoding="utf-8")
    kept = {
        "call_sid": call.call_sid,
        "events": [[event.at_ms, event.kind, event.detail] for event in call.events],
        "violations": call.violations,
        "turns": shown.get("turns", []),
        "record": dict(shown),
    }
    (out / "timeline.json").write_bytes(orjson.dumps(kept, option=orjson.OPT_INDENT_2))


async def place(url: str | None, script: CallerScript, settings: Settings, out: Path) -> None:
    """The whole of `make call`.

    Raises:
        CallFailed: The appointment is not there, or the call did not come about.
    """
    screen = Screen()
    where = url or f"http://127.0.0.1:{settings.port}"
    async with service(where.rstrip("/"), out, given=url is not None) as base:
        call, shown = await converse(base, script, settings, screen)
    write(out, call, shown, screen)
    say("")
    for row in table(shown.get("turns", [])):
        say(row)
    say(f"\nleft in {out}: conversation.wav, transcript.txt, timeline.json")
    if call.violations:
        raise CallFailed(f"the service broke Twilio's protocol: {call.violations[0]}")
    if (lacking := missing(script, shown)) is not None:
        raise CallFailed(lacking)
    for made in shown["appointments"]:
        say(f"in the records: {made.get('service_type')} at {made.get('scheduled_at')}")


def main() -> int:
    """Read the command line and place the call; 1 when something is missing."""
    options = argparse.ArgumentParser(prog="python -m evals.standins.call", description=__doc__)
    options.add_argument("--url", help="the service; without it the running or a fresh one")
    options.add_argument("--script", default="new_caller", help="a name, or a TOML file")
    options.add_argument("--out", type=Path, default=Path(".data/calls"))
    given = options.parse_args()
    named = Path(given.script)
    path = named if named.suffix == ".toml" else RECORDINGS / f"{given.script}.toml"
    out = given.out / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{path.stem}"
    try:
        script, settings = load_script(path), read_settings()
        out.mkdir(parents=True, exist_ok=True)
        asyncio.run(place(given.url, script, settings, out))
    except (CallFailed, ScriptRefused, SettingsRefused) as exc:
        sys.stderr.write(f"the call failed: {exc}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
