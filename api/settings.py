"""Everything the process is told from outside, read once and checked before anything is opened.

A part with no setting falls back to its local stand-by; a part that is only half set stops the
start with one line naming the variable and the mend.
"""

import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shop.calendar.credentials import ServiceAccount
from shop.db import check_dsn
from shop.faults import describe


class SettingsRefused(Exception):
    """A setting is missing, malformed or lacks its partner; the message is one line to read."""


_NO_URL = "must start with http:// or https://, name a host, and have nothing after the path"


def _http_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        raise ValueError(_NO_URL) from None  # the library's own text may quote the value
    if not whole or parts.query or parts.fragment or not value.isprintable() or " " in value:
        raise ValueError(_NO_URL)
    if parts.username or parts.password:
        raise ValueError("must not hold a user name or password")
    return value.rstrip("/")


def _sendable(secret: SecretStr) -> SecretStr:
    value = secret.get_secret_value()
    if not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("has characters that no key has: copy it again, without quotes or spaces")
    return secret


def _account(sid: str) -> str:
    # https://www.twilio.com/docs/glossary/what-is-a-sid
    if not re.fullmatch(r"AC[0-9a-fA-F]{32}", sid):
        raise ValueError("must be AC and 32 hexadecimal digits, as Twilio's console shows it")
    return sid


def _header_list(headers: SecretStr) -> SecretStr:
    # https://opentelemetry.io/docs/specs/otel/protocol/exporter/#specifying-headers-via-environment-variables
    if not all("=" in pair for pair in _sendable(headers).get_secret_value().split(",")):
        raise ValueError("must be name=value pairs with commas between them")
    return headers


Url = Annotated[str, AfterValidator(_http_url)]
Key = Annotated[SecretStr, AfterValidator(_sendable)]
Headers = Annotated[SecretStr, AfterValidator(_header_list)]
Effort = Literal["none", "minimal", "low", "medium", "high"]

_CONSENT = ("google_client_id", "google_client_secret", "google_refresh_token")
"""What an account's consent to an OAuth client comes as."""


class Settings(BaseSettings):
    """Field names are the environment variables' names in lower case."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    data_dir: Path = Path(".data")
    shop_file: Path | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    api_token: Key | None = None
    max_calls: Annotated[int, Field(ge=1, le=1000)] = 50
    drain_s: Annotated[float, Field(ge=0, le=3600)] = 20.0

    database_url: SecretStr | None = None

    openai_api_key: Key | None = None
    openai_base_url: Url | None = None
    openai_model: str = "gpt-4o"
    openai_temperature: Annotated[float, Field(ge=0, le=2)] = 0.8
    openai_max_tokens: Annotated[int, Field(ge=1, le=100_000)] = 1000
    openai_effort: Effort | None = None
    openai_first_token_s: Annotated[float, Field(gt=0, le=3600)] = 2.5
    openai_budget_s: Annotated[float, Field(gt=0, le=3600)] = 4.0
    openai_stall_s: Annotated[float, Field(gt=0, le=3600)] = 1.2
    openai_fallback_model: str | None = None
    openai_simple_model: str | None = None
    openai_concurrency: Annotated[int, Field(ge=1, le=10_000)] = 64
    openai_history_tokens: Annotated[int, Field(ge=1000, le=1_000_000)] = 6000
    openai_daily_tokens: Annotated[int, Field(ge=1)] | None = None

    deepgram_api_key: Key | None = None
    deepgram_base_url: Url | None = None
    deepgram_listen_model: Annotated[str, Field(pattern=r"^(flux|nova)-")] = "flux-general-en"
    deepgram_listen_fallback: Annotated[str, Field(pattern=r"^(flux|nova)-")] | None = "nova-3"
    deepgram_eager: bool = True
    deepgram_speak_model: Annotated[str, Field(pattern=r"^aura-")] = "aura-2-thalia-en"
    local_voice_fallback: bool = True
    local_ears_fallback: bool = False

    twilio_account_sid: Annotated[str, AfterValidator(_account)] | None = None
    twilio_auth_token: Key | None = None
    twilio_base_url: Url | None = None
    public_url: Url | None = None

    google_calendar_id: Annotated[str, Field(pattern=r"^[^\s/?#]+$")] | None = None
    google_service_account_file: Path | None = None
    google_client_id: str | None = None
    google_client_secret: Key | None = None
    google_refresh_token: Key | None = None
    google_base_url: Url | None = None
    google_token_url: Url | None = None

    nhtsa_base_url: Url = "https://vpic.nhtsa.dot.gov"
    nhtsa_recalls_base_url: Url = "https://api.nhtsa.gov"

    langsmith_api_key: Key | None = None
    langsmith_endpoint: Url | None = None
    langsmith_project: str = "sophie"
    langsmith_trace_calls: bool = False

    otel_exporter_otlp_endpoint: Url | None = None
    otel_exporter_otlp_headers: Headers | None = None
    otel_service_name: str = "sophie"

    @model_validator(mode="before")
    @classmethod
    def _blanks_are_unset(cls, given: dict[str, Any]) -> dict[str, Any]:
        """`NAME=` in a file means the same as no such line."""
        return {
            name: value
            for name, value in given.items()
            if not (isinstance(value, str) and not value.strip())
        }

    @model_validator(mode="after")
    def _whole_parts(self) -> "Settings":
        """A half-configured part is a mistake, not a wish for the default."""
        if self.database_url is not None:
            try:
                check_dsn(self.database_url.get_secret_value())
            except ValueError as error:
                raise ValueError(f"DATABASE_URL: {error}") from None
        pairs = [
            ("OPENAI_BASE_URL", self.openai_base_url, "OPENAI_API_KEY", self.openai_api_key),
            (
                "OPENAI_FALLBACK_MODEL",
                self.openai_fallback_model,
                "OPENAI_API_KEY",
                self.openai_api_key,
            ),
            (
                "OPENAI_SIMPLE_MODEL",
                self.openai_simple_model,
                "OPENAI_API_KEY",
                self.openai_api_key,
            ),
            (
                "DEEPGRAM_BASE_URL",
                self.deepgram_base_url,
                "DEEPGRAM_API_KEY",
                self.deepgram_api_key,
            ),
            (
                "TWILIO_ACCOUNT_SID",
                self.twilio_account_sid,
                "TWILIO_AUTH_TOKEN",
                self.twilio_auth_token,
            ),
            (
                "TWILIO_AUTH_TOKEN",
                self.twilio_auth_token,
                "TWILIO_ACCOUNT_SID",
                self.twilio_account_sid,
            ),
            ("TWILIO_AUTH_TOKEN", self.twilio_auth_token, "PUBLIC_URL", self.public_url),
            (
                "PUBLIC_URL",
                self.public_url,
                "TWILIO_AUTH_TOKEN",
                self.twilio_auth_token or self.google_calendar_id,
            ),
            ("TWILIO_BASE_URL", self.twilio_base_url, "TWILIO_AUTH_TOKEN", self.twilio_auth_token),
            (
                "LANGSMITH_ENDPOINT",
                self.langsmith_endpoint,
                "LANGSMITH_API_KEY",
                self.langsmith_api_key,
            ),
            (
                "LANGSMITH_TRACE_CALLS",
                self.langsmith_trace_calls or None,
                "LANGSMITH_API_KEY",
                self.langsmith_api_key,
            ),
            (
                "OTEL_EXPORTER_OTLP_HEADERS",
                self.otel_exporter_otlp_headers,
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                self.otel_exporter_otlp_endpoint,
            ),
        ]
        for name, value, partner, partner_value in pairs:
            if value is not None and partner_value is None:
                raise ValueError(_half(name, partner))
        self._check_google()
        if self.otel_exporter_otlp_endpoint is not None:
            _check_exporter()
        return self

    def _check_google(self) -> None:
        """A calendar needs credentials of one kind, and credentials need a calendar."""
        names = [name for name in type(self).model_fields if name.startswith("google_")]
        given = [name for name in names if getattr(self, name) is not None]
        held = [name for name in _CONSENT if name in given]
        if given and "google_calendar_id" not in given:
            raise ValueError(_half(given[0], "GOOGLE_CALENDAR_ID"))
        if self.google_service_account_file is not None:
            _check_account(self.google_service_account_file)
            if held:
                raise ValueError(
                    f"GOOGLE_SERVICE_ACCOUNT_FILE and {held[0].upper()} are both set: unset one of"
                    " them, as one kind of credentials is enough"
                )
            return
        missing = [name for name in _CONSENT if name not in given]
        if held and missing:
            raise ValueError(_half(held[0], missing[0].upper()))
        if given and missing:
            others = ", ".join(name.upper() for name in _CONSENT)
            raise ValueError(
                "GOOGLE_CALENDAR_ID is set but no credentials are: set GOOGLE_SERVICE_ACCOUNT_FILE,"
                f" or all of {others}, or unset GOOGLE_CALENDAR_ID"
            )


def _check_account(file: Path) -> None:
    try:
        ServiceAccount.from_file(file)
    except ValueError as error:
        raise ValueError(f"GOOGLE_SERVICE_ACCOUNT_FILE: {error}") from None
    except OSError as error:
        said = f"{file} cannot be read ({type(error).__name__})"
        raise ValueError(f"GOOGLE_SERVICE_ACCOUNT_FILE: {said}") from None


def _check_exporter() -> None:
    try:
        version("opentelemetry-exporter-otlp-proto-http")
    except PackageNotFoundError:
        raise ValueError(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set but what sends to it is not installed: run"
            " make telemetry, or unset OTEL_EXPORTER_OTLP_ENDPOINT"
        ) from None


def _half(name: str, partner: str) -> str:
    return f"{name.upper()} is set but {partner} is not: set {partner}, or unset {name.upper()}"


def read_settings(**overrides: Any) -> Settings:
    """The settings of this process, from the environment and `.env`.

    Raises:
        SettingsRefused: One line per fault, each naming the variable; values are never repeated.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        faults = [_fault(e["loc"], e["msg"]) for e in error.errors(include_input=False)]
        raise SettingsRefused("; ".join(faults)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsRefused(f".env cannot be read as UTF-8 text ({describe(error)})") from None


def _fault(location: tuple[int | str, ...], message: str) -> str:
    said = message.removeprefix("Value error, ")
    name = str(location[0]).upper() if location else ""
    return f"{name}: {said}" if name else said
