"""The shop's own words, for recognisers that can be told what to expect."""

from dataclasses import replace

from shop.profile.shop import Shop
from voice.local.words import ShopWords, common_words


def service_words(shop: Shop) -> tuple[str, ...]:
    """Every service as callers may name it, names before aliases."""
    services = shop.catalog.services
    names = [service.name for service in services]
    aliases = [alias for service in services for alias in service.aliases]
    return tuple(dict.fromkeys(text.lower() for text in [*names, *aliases]))


def shop_words(shop: Shop) -> ShopWords:
    """The services, and the local recogniser's own stock of cars, names and streets."""
    return replace(common_words(), services=service_words(shop))
