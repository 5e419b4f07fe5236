"""Arms of a comparison: files of `evals/variants/` that say what differs from the settings."""

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.settings import Settings
from graph.models.profiles import profile_of
from nodes.variants import CONTROL, Variants

FOLDER = Path(__file__).parent / "variants"


class ArmRefused(Exception):
    """An arm cannot be tried; the text names the file, the key and what to do."""


class Arm(BaseModel):
    """What differs from the settings. None: nothing.

    Attributes:
        prompt: A folder of `nodes/prompts/variants`.
        model: A model's name, or "rulebook".
        first_token_s: How long the model may take to begin, in seconds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    prompt: str = CONTROL
    model: Annotated[str, Field(min_length=1)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    first_token_s: Annotated[float, Field(gt=0, le=3600)] | None = None

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
    """An arm by its file's name without the ending.

    Raises:
        ArmRefused: There is none, a key or value is wrong, or it could not make a difference.
    """
    path = folder / f"{name}.toml"
    if not path.is_file():
        names = ", ".join(one.stem for one in sorted(folder.glob("*.toml")))
        raise ArmRefused(f"there is no variant {name!r}; there are {names}")
    try:
        arm = Arm.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as broken:
        raise ArmRefused(f"{path}: {broken}") from None
    except ValidationError as broken:
        fault = broken.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in fault["loc"])
        keys = ", ".join(Arm.model_fields)
        raise ArmRefused(f"{path}: {key}: {fault['msg']}; the keys are {keys}") from None
    if arm.prompt not in prompts.arms:
        known = ", ".join(prompts.arms)
        raise ArmRefused(f"{path}: prompt: there is no variant {arm.prompt!r}; there are {known}")
    _matters(path, arm, base)
    return arm


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
