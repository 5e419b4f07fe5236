"""What each family of models accepts, so that changing the model is configuration.

`gpt-4o` leaves OpenAI's API on 2027-01-14 (OpenAI's deprecations page); its successors are
reasoning models, which call functions on Chat Completions only at effort "none", refuse sampling
parameters at other efforts and name the token limit differently.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class ModelProfile:
    """One family.

    Attributes:
        prefix: Names beginning with this belong to the family.
        sampling: Whether `temperature` is accepted.
        effort: The `reasoning_effort` to send when none is configured; None sends nothing.
        max_tokens_field: What the API calls the reply's token limit.
        encoding: The tokenizer's name in `tiktoken`.
        shutdown: When the vendor withdraws the family, where announced.
        price: US dollars per million tokens, from https://openai.com/api/pricing: of the prompt, of
            the completion, and of the part of the prompt that the vendor had in its cache.
    """

    prefix: str
    sampling: bool
    effort: str | None
    max_tokens_field: str
    encoding: str = "o200k_base"
    shutdown: date | None = None
    price: tuple[float, float, float] | None = None

    def cost_micros(
        self, prompt_tokens: int, completion_tokens: int, cached_tokens: int = 0
    ) -> int | None:
        """What tokens cost, in millionths of a US dollar; None where no price is known.

        `cached_tokens` are those of `prompt_tokens` that came from the vendor's cache.
        """
        if self.price is None:
            return None
        asked, made, cached = self.price
        fresh = prompt_tokens - cached_tokens
        return round(fresh * asked + completion_tokens * made + cached_tokens * cached)


PROFILES = (
    ModelProfile(
        "gpt-4o", True, None, "max_tokens", shutdown=date(2027, 1, 14), price=(2.50, 10.00, 1.25)
    ),
    ModelProfile(
        "gpt-4o-mini",
        True,
        None,
        "max_tokens",
        shutdown=date(2027, 1, 14),
        price=(0.15, 0.60, 0.075),
    ),
    ModelProfile(
        "gpt-4.1", True, None, "max_tokens", shutdown=date(2027, 1, 14), price=(2.00, 8.00, 0.50)
    ),
    ModelProfile(
        "gpt-4.1-nano",
        True,
        None,
        "max_tokens",
        shutdown=date(2027, 1, 14),
        price=(0.10, 0.40, 0.025),
    ),
    ModelProfile(
        "gpt-4.1-mini",
        True,
        None,
        "max_tokens",
        shutdown=date(2027, 1, 14),
        price=(0.40, 1.60, 0.10),
    ),
    ModelProfile("gpt-5", False, "minimal", "max_completion_tokens", shutdown=date(2026, 12, 11)),
    ModelProfile("gpt-6", True, "none", "max_completion_tokens"),
    ModelProfile("o3", False, "low", "max_completion_tokens", shutdown=date(2026, 12, 11)),
)
RULEBOOK = ModelProfile("rulebook", True, None, "max_tokens", price=(0.0, 0.0, 0.0))
OTHER = ModelProfile("", True, None, "max_tokens")
"""Any OpenAI-compatible server: the oldest field names are the most widely understood."""


def profile_of(model: str) -> ModelProfile:
    """The family of a model, by the longest prefix of its name."""
    known = [p for p in (*PROFILES, RULEBOOK) if model.startswith(p.prefix)]
    return max(known, key=lambda p: len(p.prefix), default=OTHER)


def parameters(
    profile: ModelProfile, *, temperature: float, max_tokens: int, effort: str | None
) -> dict[str, Any]:
    """The sampling parameters this family accepts, ready for the request body."""
    chosen = effort or profile.effort
    body: dict[str, Any] = {profile.max_tokens_field: max_tokens}
    if chosen is not None:
        body["reasoning_effort"] = chosen
    if profile.sampling and chosen in (None, "none"):
        body["temperature"] = temperature
    return body


def retirement(model: str, today: date) -> str | None:
    """A warning to print at the start when the model's last day is announced."""
    shutdown = profile_of(model).shutdown
    if shutdown is None:
        return None
    days = (shutdown - today).days
    when = f"in {days} days" if days >= 0 else f"{-days} days ago"
    return (
        f"{model} is withdrawn by its vendor on {shutdown} ({when});"
        " set OPENAI_MODEL to its successor and run the evals on both first"
    )
