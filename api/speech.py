"""The recogniser and the voice: Deepgram's with a key, else the local ones; and what stands by."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from api.settings import Settings
from api.words import service_words, shop_words
from shop.profile.shop import Shop
from voice.deepgram.listen import DeepgramEars
from voice.deepgram.speak import DeepgramMouths
from voice.ears import LastingEars
from voice.hedge import HedgedMouths
from voice.local.listen import LocalEars
from voice.local.speak import LocalMouths
from voice.ports import Ears, Mouths

logger = logging.getLogger(__name__)


@asynccontextmanager
async def speech(settings: Settings, shop: Shop) -> AsyncIterator[tuple[Ears, HedgedMouths]]:
    """The recogniser and the voice, ready for calls.

    Raises:
        VoiceError: A local part does not start.
    """
    async with AsyncExitStack() as stack:
        ears, mouths = _deepgram(settings, shop) or await _local(settings, shop)
        stack.push_async_callback(ears.aclose)
        stack.push_async_callback(mouths.aclose)
        yield ears, mouths


def _deepgram(settings: Settings, shop: Shop) -> tuple[Ears, HedgedMouths] | None:
    if settings.deepgram_api_key is None:
        return None
    key, base = settings.deepgram_api_key.get_secret_value(), settings.deepgram_base_url
    words = service_words(shop)
    models = [settings.deepgram_listen_model, settings.deepgram_listen_fallback]
    ears: list[Ears] = [
        DeepgramEars(key, base, model, keyterms=words, eager=settings.deepgram_eager)
        for model in dict.fromkeys(models)
        if model is not None
    ]
    mouths: list[Mouths] = [DeepgramMouths(key, base, settings.deepgram_speak_model)]
    if settings.local_ears_fallback:
        ears.append(_local_ears(settings, shop))
    if settings.local_voice_fallback:
        mouths.append(LocalMouths())
    return LastingEars(ears), HedgedMouths(mouths)


async def _local(settings: Settings, shop: Shop) -> tuple[Ears, HedgedMouths]:
    """Started ahead of the first call; the very first start builds the language models."""
    ears = _local_ears(settings, shop)
    mouths = LocalMouths()
    async with AsyncExitStack() as unfinished:
        unfinished.push_async_callback(ears.aclose)
        unfinished.push_async_callback(mouths.aclose)
        logger.info("making the local recogniser and voice ready")
        await asyncio.gather(ears.warm(), mouths.warm())
        unfinished.pop_all()
    return LastingEars([ears]), HedgedMouths([mouths])


def _local_ears(settings: Settings, shop: Shop) -> LocalEars:
    return LocalEars(shop_words(shop), settings.data_dir / "speech")
