"""Arms of a comparison: files of `evals/variants/` that say what differs from the settings."""

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.settings import Settings
from graph.models.profiles import profile_of
from nodes.variants import CONTROL, Variants
from voice.manners import Manners

FOLDER = Path(__file__).parent / "variants"


Seconds = Annotated[float, Field(gt=0, le=30)]


class ArmRefused(Exception):
    """An arm cannot be tried; the text names the file, the key and what to do."""


class Turns(BaseModel):
    """How turns are taken by voice, as `voice.manners` has it. None: no difference.

    Attributes:
        eager: Whether probable ends of turn are answered ahead.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    eager: bool | None = None
    lead_ms: Annotated[float, Field(ge=20, le=5000)] | None = None
    false_start_s: Seconds | None = None
    undecided_s: Seconds | None = None
    silence_s: Seconds | None = None
    tool_s: Seconds | None = None
    filler_s: Seconds | None = None
    still_s: Seconds | None = None

    def manners(self, usual: Manners) -> Manners:
        """The usual manners with what differs."""
        told = self.model_dump(exclude_none=True, exclude={"eager"})
        return replace(usual, **told)


class Arm(BaseModel):
    """What differs from the settings. None: nothing.

    Attributes:
        prompt: A folder of `nodes/prompts/variants`.
        model: A model's name, or "rulebook".
        first_token_s: How long the model may take to begin, in seconds.
        turns: How turns are taken; for calls by voice alone.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    prompt: str = CONTROL
    model: Annotated[str, Field(min_length=1)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    first_token_s: Annotated[float, Field(gt=0, le=3600)] | None = None
    turns: Turns | None = None

    def settings(self, base: Settings) -> Settings:
        """The settings with what differs."""
        changes = {
            "openai_model": None if self.model == "rulebook" else self.model,
            "openai_temperature": self.temperature,
            "openai_first_token_s": self.first_token_s,
        }
        told: dict[str, object] = {k: v for k, v in changes.items() if v is not None}
        if self.model == "rulebook":
            told["openai_api_key"] = None
        return base.model_copy(update=told)


def read_arm(name: str, prompts: Variants, base: Settings, folder: Path = FOLDER) -> Arm:
    """An arm of typed calls by its file's name without the ending.

    Raises:
        ArmRefused: There is none, a key or value is wrong, or it could not make a difference.
    """
    path, arm = _read(name, folder)
    if arm.prompt not in prompts.arms:
        known = ", ".join(prompts.arms)
        raise ArmRefused(f"{path}: prompt: there is no variant {arm.prompt!r}; there are {known}")
    if arm.turns is not None:
        raise ArmRefused(
            f"{path}: turns: typed calls take none; use `python -m evals voice --arm {name}`"
        )
    _matters(path, arm, base)
    return arm


def read_turns(name: str, folder: Path = FOLDER) -> Turns | None:
    """What an arm of calls by voice says of turns; None where nothing differs.

    Raises:
        ArmRefused: There is none, a key or value is wrong, or it could not make a difference.
    """
    path, arm = _read(name, folder)
    others = sorted(arm.model_fields_set - {"turns"})
    if others:
        raise ArmRefused(
            f"{path}: {others[0]}: calls by voice are answered by the rulebook, so only turns make "
            "a difference; for the rest use `python -m evals compare`"
        )
    return arm.turns


def _read(name: str, folder: Path) -> tuple[Path, Arm]:
    path = folder / f"{name}.toml"
    if not path.is_file():
        names = ", ".join(one.stem for one in sorted(folder.glob("*.toml")))
        raise ArmRefused(f"there is no variant {name!r}; there are {names}")
    try:
        return path, Arm.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as broken:
        raise ArmRefused(f"{path}: {broken}") from None
    except ValidationError as broken:
        fault = broken.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in fault["loc"])
        fields = Turns.model_fields if "turns." in key else Arm.model_fields
        keys = ", ".join(fields)
        raise ArmRefused(f"{path}: {key}: {fault['msg']}; the keys are {keys}") from None


def _matters(path: Path, arm: Arm, base: Settings) -> None:
    """Refuse what would be ignored without a word."""
    wanted = arm.settings(base)
    if arm.model not in (None, "rulebook") and base.openai_api_key is None:
        raise ArmRefused(f"{path}: model: {arm.model} needs OPENAI_API_KEY")
    model = wanted.openai_model if wanted.openai_api_key is not None else "rulebook"
    if arm.temperature is not None and not (
        wanted.openai_api_key is not None and profile_of(model).sampling
    ):
        raise ArmRefused(f"{path}: temperature: {model} takes none; set OPENAI_API_KEY or a model")
