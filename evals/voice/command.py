"""`python -m evals voice`: hold calls by voice and measure how they sound."""

import asyncio
import os
import shutil
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from api.settings import SettingsRefused, read_settings
from evals.arms import ArmRefused, read_turns
from evals.report.voice import voice_page
from evals.scenario import ScenariosRefused, load_scenarios
from evals.suite import Progress
from evals.voice.plans import chosen
from evals.voice.run import VoiceRun, run
from evals.voice.telling import as_json, markdown, side_by_side, terminal
from nodes.variants import CONTROL
from shop.postgres.errors import PostgresUnavailable

_LATEST = "voice.html"


def main(arguments: Sequence[str]) -> int:
    """0 if every budget that decides is kept; 1 if one or a call is broken; 2: nothing was held."""
    parser = ArgumentParser(prog="python -m evals voice", description="Hold calls by voice.")
    parser.add_argument("--id", action="append", default=[], help="only this call")
    parser.add_argument(
        "--arm", action="append", default=[], metavar="NAME",
        help="with the [turns] of this file of evals/variants; several are shown side by side",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=1, help="of the drills in virtual time")
    parser.add_argument("--html", type=Path, metavar="PATH", help="where the page is written too")
    args = parser.parse_args(arguments)
    try:
        settings = read_settings()
        plans = chosen(load_scenarios(), args.id)
        arms = {name: read_turns(name) for name in args.arm} or {CONTROL: None}
        runs = [
            replace(asyncio.run(run(plans, args.seed, Progress(len(plans)), turns)), arm=name)
            for name, turns in arms.items()
        ]
        for held in runs:
            folder = _leave(settings.data_dir / "evals", held, args.html)
            sys.stdout.write("\n".join(terminal(held)) + f"\nreport: {folder / 'report.html'}\n\n")
    except (ArmRefused, ScenariosRefused, SettingsRefused, PostgresUnavailable, OSError) as refused:
        sys.stderr.write(f"{refused}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        return 130
    if len(runs) > 1:
        sys.stdout.write("\n".join(side_by_side(runs)) + "\n")
    return 1 if any(held.broken for held in runs) else 0


def _leave(home: Path, held: VoiceRun, html: Path | None) -> Path:
    folder = home / f"{held.when:%Y%m%dT%H%M%SZ}-{os.getpid()}-voice-{held.arm}"
    folder.mkdir(parents=True)
    (folder / "voice.json").write_bytes(as_json(held))
    (folder / "report.md").write_text(markdown(held), encoding="utf-8")
    written = folder / "report.html"
    written.write_text(voice_page(held), encoding="utf-8")
    shutil.copyfile(written, html or home / _LATEST)
    return folder
