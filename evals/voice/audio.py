"""`python -m evals audio`: how well callers are understood on bad lines, with real audio."""

import asyncio
import os
import shutil
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from api.settings import Settings, SettingsRefused, read_settings
from api.words import service_words, shop_words
from evals.report.audio import audio_page
from evals.suite import Progress
from evals.voice.audio_telling import AudioRun, as_json, markdown
from evals.voice.conditions import CONDITIONS
from evals.voice.listening import listen
from evals.voice.matrix import Hearing, Sentence, load_sentences, rows
from shop.profile.shop import load_shop
from voice.deepgram.listen import DeepgramEars
from voice.deepgram.speak import DeepgramMouths
from voice.ports import Ears, Mouths, VoiceError

_LATEST = "audio.html"


class AudioRefused(Exception):
    """Nothing can be heard as things are; says what is missing and what to do."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Who speaks and who listens.

    Attributes:
        real_time: Whether the recogniser wants audio as fast as people speak.
    """

    ears: Ears
    mouths: Mouths
    recogniser: str
    voice: str
    real_time: bool


def main(arguments: Sequence[str]) -> int:
    """0 if it was measured, however badly; 2 if it could not be."""
    args = _arguments(arguments)
    try:
        settings = read_settings()
        sentences = load_sentences()[: args.sentences]
        run = asyncio.run(_run(settings, sentences, args))
        folder = _leave(settings.data_dir / "evals", run, args.html)
    except (AudioRefused, SettingsRefused, OSError) as refused:
        sys.stderr.write(f"{refused}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        return 130
    sys.stdout.write(f"{markdown(run)}\nreport: {folder / 'report.html'}\n")
    return 0


async def _run(settings: Settings, sentences: Sequence[Sentence], args: Namespace) -> AudioRun:
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with _parts(settings, args.ears) as parts:
        progress = Progress(len(sentences) * len(CONDITIONS))

        def tell(one: Hearing) -> None:
            wrong = one.errors.wrong
            said = "right" if not wrong else f"{wrong} of {one.errors.words} words wrong"
            progress.tell(f"{one.condition}: {one.sentence.said}", said, good=not wrong)

        try:
            heard = await listen(
                sentences,
                parts.ears,
                parts.mouths,
                seed=args.seed,
                real_time=parts.real_time,
                tell=tell,
            )
        except* VoiceError as lost:
            raise AudioRefused(f"nothing was measured: {_first(lost)}") from None
    seconds = loop.time() - began
    told = rows(heard, args.seed)
    return AudioRun(datetime.now(UTC), seconds, parts.recogniser, parts.voice, args.seed, told,
                    tuple(heard))  # fmt: skip


def _first(lost: BaseException) -> BaseException:
    while isinstance(lost, BaseExceptionGroup):
        lost = lost.exceptions[0]
    return lost


@asynccontextmanager
async def _parts(settings: Settings, ears: str) -> AsyncIterator[Parts]:
    async with AsyncExitStack() as stack:
        parts = _local(settings) if ears == "local" else _deepgram(settings)
        stack.push_async_callback(parts.ears.aclose)
        stack.push_async_callback(parts.mouths.aclose)
        yield parts


def _deepgram(settings: Settings) -> Parts:
    """The recogniser and the voice of the settings, with nothing to stand by for them."""
    if settings.deepgram_api_key is None:
        raise AudioRefused(
            "DEEPGRAM_API_KEY is not set, and there is no audio without a recogniser: set it, or "
            "measure the local one with --ears local"
        )
    key, base = settings.deepgram_api_key.get_secret_value(), settings.deepgram_base_url
    model, voice = settings.deepgram_listen_model, settings.deepgram_speak_model
    ears = DeepgramEars(key, base, model, keyterms=service_words(load_shop()))
    return Parts(ears, DeepgramMouths(key, base, voice), model, voice, real_time=True)


def _local(settings: Settings) -> Parts:
    try:
        from voice.local.listen import LocalEars
        from voice.local.speak import LocalMouths
    except ImportError as missing:
        raise AudioRefused(
            f"the local recogniser is not installed ({missing.name} is missing): install the "
            "project with its dependencies, or set DEEPGRAM_API_KEY"
        ) from None
    ears = LocalEars(shop_words(load_shop()), settings.data_dir / "speech")
    return Parts(ears, LocalMouths(), "local", "local", real_time=False)


def _leave(home: Path, run: AudioRun, html: Path | None) -> Path:
    folder = home / f"{run.when:%Y%m%dT%H%M%SZ}-{os.getpid()}-audio"
    folder.mkdir(parents=True)
    (folder / "audio.json").write_bytes(as_json(run))
    (folder / "report.md").write_text(markdown(run), encoding="utf-8")
    written = folder / "report.html"
    written.write_text(audio_page(run), encoding="utf-8")
    shutil.copyfile(written, html or home / _LATEST)
    return folder


def _arguments(arguments: Sequence[str]) -> Namespace:
    parser = ArgumentParser(prog="python -m evals audio", description="Hear callers on bad lines.")
    parser.add_argument("--ears", choices=("configured", "local"), default="configured")
    parser.add_argument("--seed", type=int, default=1, help="of the noise")
    parser.add_argument(
        "--sentences", type=int, choices=range(1, 1000), metavar="N", help="only the first N"
    )
    parser.add_argument("--html", type=Path, metavar="PATH", help="where the page is written too")
    return parser.parse_args(arguments)
