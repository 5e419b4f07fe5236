"""The shop's own words, for recognisers that can be told what to expect."""

from dataclasses import replace

from shop.profile import Shop
from voice.local.words import ShopWords, common_words


def shop_words(shop: Shop) -> ShopWords:
    """Every service as callers may name it; the rest is the recogniser's own stock of words."""
    names = [service.name for service in shop.catalog.services]
    aliases = [alias for service in shop.catalog.services for alias in service.aliases]
    services = tuple(dict.fromkeys(text.lower() for text in [*names, *aliases]))
    return replace(common_words(), services=services)
