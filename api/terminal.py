"""`python -m api.terminal`: talk to Sophie by typing; same graph, tools and records as a call."""

import asyncio
import sys
from argparse import ArgumentParser
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import uuid4

from api.core import open_calls, open_records, utc_now
from api.process import harden, look_for_tokens
from api.settings import SettingsRefused, read_settings
from graph.context import CallContext
from graph.speech import AgentEvent, Failed, ToolEnded, ToolStarted, Words
from shop.errors import BadValue
from shop.people import phone

_PROMPT = "\nyou     > "


async def _chat(caller_number: str, show_tools: bool) -> None:
    settings = read_settings()
    look_for_tokens(settings.data_dir)
    async with AsyncExitStack() as stack:
        records = await stack.enter_async_context(open_records(settings, utc_now))
        calls = await stack.enter_async_context(open_calls(settings, records))
        context = CallContext(
            call_sid=f"typed-{uuid4().hex}", caller_number=caller_number, channel="text"
        )
        call = await calls.open(context)
        _write(f"\nsophie  > {call.agent.greeting}")
        while not call.agent.finished:
            said = await asyncio.to_thread(_read)
            if said is None:
                break
            if said:
                await _turn(call.agent.turn(said), show_tools)
        outcome = await calls.end(context.call_sid)
        _write(f"\n\n(the call is over: {outcome})\n")


async def _turn(events: AsyncIterator[AgentEvent], show_tools: bool) -> None:
    _write("sophie  > ")
    async for event in events:
        match event:
            case Words(text):
                _write(text)
            case ToolStarted(name, arguments, _) if show_tools:
                _write(f"\n          [{name} {arguments}]")
            case ToolEnded(result, _) if show_tools:
                _write(f"\n          [-> {result}]\nsophie  > ")
            case Failed(message):
                _write(f"\n          [{message}]\n")


def _read() -> str | None:
    _write(_PROMPT)
    line = sys.stdin.readline()
    return line.strip() if line else None


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def main() -> int:
    """Chat until good-bye, end of input or Ctrl-C."""
    harden()
    parser = ArgumentParser(prog="make chat", description="Type to Sophie instead of calling.")
    parser.add_argument("--from", dest="number", default="", help="the number you call from")
    parser.add_argument("--tools", action="store_true", help="show what she looks up and writes")
    args = parser.parse_args()
    try:
        number = phone.normalize(args.number) if args.number else ""
        asyncio.run(_chat(number, args.tools))
    except (SettingsRefused, BadValue) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        _write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
