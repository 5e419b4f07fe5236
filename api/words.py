"""The shop's own words, for recognisers that can be told what to expect."""

from voice.local.language import ShopWords

from shop.profile import Shop


def shop_words(shop: Shop) -> ShopWords:
    """Every service as callers may name it; the rest is the recogniser's own stock of words."""
    names = [service.name for service in shop.catalog.services]
    aliases = [alias for service in shop.catalog.services for alias in service.aliases]
    return ShopWords(services=tuple(dict.fromkeys([*names, *aliases])))
