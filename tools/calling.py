"""What a tool is, what it may use, and what it answers.

A tool is a name, a description, a pydantic model of its arguments (which is the schema the model
reads) and a function. A tool that changes records has a `propose` step too: it checks the wish and
puts it into words, so that the caller can agree to it before anything is written.
"""

import unicodedata
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel, ConfigDict, field_validator

from graph.context import CallContext
from graph.state import CallState
from shop.desk import Desk
from shop.profile.shop import Shop
from shop.words.redact import cleaned, redacted


class Arguments(BaseModel):
    """Base of every tool's arguments: unknown names are refused, text is trimmed and bounded."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, str_max_length=500)

    @field_validator("*", mode="before")
    @classmethod
    def _without_unseen_characters(cls, value: object) -> object:
        """What nobody can see or say is no name, and must not make one text look like another."""
        if not isinstance(value, str):
            return value
        return "".join(one for one in value if unicodedata.category(one) != "Cf")

    @field_validator("*", mode="after")
    @classmethod
    def _without_card_numbers(cls, value: object) -> object:
        """What a model puts together from pieces is cut as what a caller says is."""
        return redacted(cleaned(value)) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class OnCall:
    """One call at the moment a tool runs."""

    call_sid: str
    context: CallContext
    state: CallState
    desk: Desk
    can_transfer: bool

    @property
    def shop(self) -> Shop:
        """Whose telephone this is."""
        return self.desk.shop

    @property
    def now(self) -> datetime:
        """The current moment in the shop's zone."""
        return self.desk.clock().astimezone(self.desk.shop.zone)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool did.

    Attributes:
        message: A sentence fit to be spoken.
        data: JSON-able facts for the model; handles, never ids of records.
        error: The stable code of a refusal; None when the tool did its job.
        update: Changes to the call's state.
    """

    message: str
    data: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    update: dict[str, Any] = field(default_factory=dict)

    def envelope(self) -> dict[str, Any]:
        """The answer as the model reads it."""
        if self.error is not None:
            refusal = {"success": False, "error": self.error, "message": self.message}
            return {**refusal, "data": self.data} if self.data else refusal
        return {"success": True, "data": self.data, "message": self.message}


@dataclass(frozen=True, slots=True)
class Wish:
    """A write in words.

    Attributes:
        key: Names the intent, so that asking twice is one write.
        agreed: The caller has just said so of their own accord; it need not be read back.
    """

    key: str
    recap: str
    agreed: bool = False


@dataclass(frozen=True, slots=True)
class Tool:
    """One thing the model may ask for.

    Attributes:
        reads_only: It changes nothing, tells nothing of anybody and needs no other tool's answer.
        lasting: What it answers holds for the length of a call.
        pledges: It knows how to leave its effects until a tentative turn is real.
    """

    arguments: type[Arguments]
    run: Callable[[Any, OnCall], Awaitable[Answer]]
    propose: Callable[[Any, OnCall], Awaitable[Wish | Answer]] | None = None
    reads_only: bool = False
    lasting: bool = False
    pledges: bool = False

    @property
    def may_run_ahead(self) -> bool:
        """Whether it may run before it is certain that the caller has finished."""
        return self.reads_only or self.pledges

    @property
    def name(self) -> str:
        """The name the model calls; that of the arguments' model."""
        return str(self.schema["function"]["name"])

    @property
    def schema(self) -> dict[str, Any]:
        """The tool in OpenAI's function-calling format."""
        return convert_to_openai_tool(self.arguments)
