"""Letters and digits that are taken for one another, and how to say which one is meant. Pure."""

from shop.words import spoken

_CLOSE = ("BDPTV", "MN", "FS", "59", "A8", "CZ")
"""What a telephone line, which ends at 3.4 kHz, hardly tells apart."""

_SOUND = ("BCDEGPTVZ3", "AJKH8", "FSX6", "MN", "59", "19", "GJ", "U2")
"""What shares its vowel or its hiss."""

_LOOK = ("8B", "5S", "2Z", "0D", "6G", "1L", "17", "UV", "VY", "CG", "EF", "4A", "38", "7T")
"""What is misread on a windshield or a registration card."""

_WORDS = {
    word[0].upper(): word
    for word in (
        "apple", "boy", "Charlie", "David", "Edward", "Frank", "George", "hotel", "India", "Juliet",
        "kilo", "Lincoln", "Mary", "Nora", "ocean", "Peter", "queen", "Robert", "Sam", "Tom",
        "union", "Victor", "whiskey", "x-ray", "young", "zebra",
    )
}  # fmt: skip


def _partners(groups: tuple[str, ...]) -> dict[str, str]:
    signs = sorted(set("".join(groups)))
    return {
        sign: "".join(c for c in signs if c != sign and any({c, sign} <= set(g) for g in groups))
        for sign in signs
    }


_TIERS = tuple(_partners(groups) for groups in (_CLOSE, _SOUND, _LOOK))


def partners(sign: str) -> str:
    """What a capital letter or a digit is taken for, the likeliest first."""
    return "".join(dict.fromkeys("".join(tier.get(sign, "") for tier in _TIERS)))


def distance(one: str, other: str) -> int | None:
    """How far apart two signs are: 0 hardly told apart, 1 alike in sound, 2 in looks; else None."""
    return next((n for n, tier in enumerate(_TIERS) if other in tier.get(one, "")), None)


def named(sign: str) -> str:
    """One sign beyond doubt: "B as in boy", "the number eight"."""
    if sign.isdecimal():
        return f"the number {spoken.number(int(sign))}"
    return f"{sign} as in {_WORDS[sign]}"
