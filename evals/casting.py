"""Who speaks for the callers of a run: tables of facts, or a language model with a persona."""

from argparse import ArgumentParser, Namespace
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from api import parts
from api.settings import Settings
from evals.converse import Side
from evals.estimate import Estimate, talks
from evals.held import TABLES
from evals.model_caller import PERSONAS, Cast
from evals.scenario import Scenario
from graph.models.openai import openai_model
from graph.models.usage import Usage

_ANY = "any"
_TEMPERATURE = 0.7
"""Callers are to differ from each other, as people do."""

_MOST_TOKENS = 300
_FIRST_TOKEN_S = 20.0


class CastRefused(Exception):
    """There is nobody who could speak like that; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Casting:
    """Who was asked for.

    Attributes:
        model: None for tables of facts.
    """

    model: str | None = None
    personas: tuple[str, ...] = ()
    seed: int = 1

    @property
    def name(self) -> str:
        """How runs and reports name them."""
        if self.model is None:
            return TABLES
        only = f" ({self.personas[0]})" if len(self.personas) == 1 else ""
        return f"{self.model}{only}"

    def estimate(self, scenarios: Sequence[Scenario], trials: int) -> list[Estimate]:
        """What they will cost; nothing where no model is paid."""
        return [] if self.model is None else [talks(self.model, scenarios, trials)]


@dataclass(slots=True)
class Callers:
    """The callers' side of a run, and what it has used so far."""

    side: Side = field(default_factory=Side)
    cast: Cast | None = None

    @property
    def used(self) -> Usage:
        """Tokens of all callers together."""
        return self.cast.used if self.cast is not None else Usage()


def add_casting(parser: ArgumentParser) -> None:
    """The options by which callers are chosen."""
    parser.add_argument(
        "--caller", choices=("facts", "model"), default="facts",
        help="who answers for scripts of facts: a table, or a language model",
    )  # fmt: skip
    parser.add_argument(
        "--caller-model", metavar="NAME", help="the callers' model, if not Sophie's own"
    )
    parser.add_argument(
        "--persona", choices=(_ANY, *PERSONAS), default=_ANY, help="what a model is to be like"
    )


def casting(settings: Settings, args: Namespace) -> Casting:
    """Who the command line asks for.

    Raises:
        CastRefused: They cannot be had, or an option would make no difference.
    """
    if args.caller == "facts":
        if args.persona != _ANY or args.caller_model:
            raise CastRefused("--persona and --caller-model go with --caller model")
        return Casting()
    if settings.openai_api_key is None:
        raise CastRefused("--caller model needs OPENAI_API_KEY; without it use --caller facts")
    if args.noise is not None:
        raise CastRefused(
            "--noise needs callers who say the same again on a bad line: use --caller facts"
        )
    if args.against is not None:
        raise CastRefused("--against holds the same callers against each other: use --caller facts")
    personas = PERSONAS if args.persona == _ANY else (args.persona,)
    return Casting(args.caller_model or settings.openai_model, personas, args.seed)


@asynccontextmanager
async def callers(settings: Settings, who: Casting) -> AsyncIterator[Callers]:
    """Have them ready for as long as the block runs."""
    server = parts.model_server(settings)
    if who.model is None or server is None:
        yield Callers()
        return
    opened = openai_model(
        server,
        who.model,
        temperature=_TEMPERATURE,
        max_tokens=_MOST_TOKENS,
        effort=settings.openai_effort,
        first_token_s=_FIRST_TOKEN_S,
    )
    async with opened as model:
        cast = Cast(model, who.personas, who.seed)
        yield Callers(Side(cast), cast)
