"""The outside parts of the service: the real one where its setting is there, else a stand-by."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx
from langchain_core.language_models import BaseChatModel

from api.settings import Settings
from api.twilio.rest import TwilioRest
from graph.models.openai import Server, openai_model
from graph.models.rulebook.model import RulebookModel
from shop.postgres import server
from shop.postgres.server import EmbeddedServer
from shop.profile.shop import PACKAGE_FILE, Shop, load_shop


@dataclass(frozen=True, slots=True)
class Part:
    """What stands in one place of the service, and what would change it."""

    name: str
    using: str
    change: str


def profile(settings: Settings) -> Shop:
    """The shop whose telephone is answered."""
    return load_shop(settings.shop_file or PACKAGE_FILE)


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[tuple[str, EmbeddedServer | None]]:
    """The connection string, and the server behind it if it is our own."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value(), None
        return
    own = await server.start(settings.data_dir / "postgres")
    try:
        yield own.dsn(), own
    finally:
        await own.aclose()


def model_server(settings: Settings) -> Server | None:
    """Where language models are asked, if anywhere; its limits hold for all of them together."""
    if settings.openai_api_key is None:
        return None
    gate = asyncio.Semaphore(settings.openai_concurrency)
    return Server(settings.openai_api_key, settings.openai_base_url, gate)


@asynccontextmanager
async def chat_models(
    settings: Settings, server: Server | None = None
) -> AsyncIterator[list[BaseChatModel]]:
    """The language model, and who answers when it does not: last of all the rulebook."""
    server = server or model_server(settings)
    async with AsyncExitStack() as stack:
        models: list[BaseChatModel] = []
        if server is not None:
            for name in (settings.openai_model, settings.openai_fallback_model):
                if name is not None:
                    opened = _openai(settings, server, name)
                    models.append(await stack.enter_async_context(opened))
        yield [*models, RulebookModel()]


@asynccontextmanager
async def simple_model(
    settings: Settings, server: Server | None
) -> AsyncIterator[BaseChatModel | None]:
    """The cheaper model for turns on which nothing hangs, if there is one."""
    if server is None or settings.openai_simple_model is None:
        yield None
        return
    async with _openai(settings, server, settings.openai_simple_model) as model:
        yield model


def _openai(
    settings: Settings, server: Server, name: str
) -> AbstractAsyncContextManager[BaseChatModel]:
    return openai_model(
        server,
        name,
        temperature=settings.openai_temperature,
        max_tokens=settings.openai_max_tokens,
        effort=settings.openai_effort,
        first_token_s=settings.openai_first_token_s,
    )


def carrier(settings: Settings, http: httpx.AsyncClient) -> TwilioRest | None:
    """The carrier's side of live calls, if there is one."""
    if settings.twilio_account_sid is None or settings.twilio_auth_token is None:
        return None
    return TwilioRest(
        settings.twilio_account_sid, settings.twilio_auth_token, http, settings.twilio_base_url
    )


def model_name(settings: Settings) -> str:
    """The model as start-up, `/health` and the call record name it."""
    return settings.openai_model if settings.openai_api_key is not None else "rulebook"


def described(settings: Settings) -> list[Part]:
    """Every part, for the start-up lines and `/health`. Holds no secret."""
    real_model = settings.openai_api_key is not None
    real_speech = settings.deepgram_api_key is not None
    local = settings.data_dir / "postgres"
    return [
        Part(
            "database",
            "the one in DATABASE_URL"
            if settings.database_url
            else f"embedded PostgreSQL in {local}",
            "DATABASE_URL",
        ),
        Part(
            "model",
            settings.openai_model if real_model else "rulebook (rules, not a language model)",
            "OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL",
        ),
        Part(
            "recogniser",
            f"Deepgram {settings.deepgram_listen_model}"
            if real_speech
            else "local (a guided demo: it knows the shop's own words)",
            "DEEPGRAM_API_KEY",
        ),
        Part(
            "voice",
            f"Deepgram {settings.deepgram_speak_model}" if real_speech else "local",
            "DEEPGRAM_API_KEY",
        ),
        Part(
            "phone",
            f"Twilio at {settings.public_url}"
            if settings.twilio_auth_token
            else "this machine only",
            "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, PUBLIC_URL",
        ),
        Part(
            "calendar",
            "Google Calendar beside the database's own schedule"
            if settings.google_calendar_id
            else "the database's own schedule",
            "GOOGLE_CALENDAR_ID and credentials, see docs/calendar.md",
        ),
    ]
