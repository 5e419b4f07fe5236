"""The recogniser and the voice: Deepgram's with a key, else the local ones."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from voice.local.listen import LocalEars
from voice.local.speak import LocalMouths

from api.settings import Settings
from api.words import shop_words
from shop.profile import Shop
from voice.deepgram.listen import DeepgramEars
from voice.deepgram.speak import DeepgramMouths
from voice.ports import Ears, Mouths


@asynccontextmanager
async def speech(settings: Settings, shop: Shop) -> AsyncIterator[tuple[Ears, Mouths]]:
    """The recogniser and the voice."""
    ears, mouths = _speech(settings, shop)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(ears.aclose)
        stack.push_async_callback(mouths.aclose)
        yield ears, mouths


def _speech(settings: Settings, shop: Shop) -> tuple[Ears, Mouths]:
    if settings.deepgram_api_key is None:
        return LocalEars(shop_words(shop), settings.data_dir / "speech"), LocalMouths()
    key = settings.deepgram_api_key.get_secret_value()
    return (
        DeepgramEars(key, settings.deepgram_base_url, settings.deepgram_listen_model),
        DeepgramMouths(key, settings.deepgram_base_url, settings.deepgram_speak_model),
    )
