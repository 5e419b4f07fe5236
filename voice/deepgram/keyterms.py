"""Words a recogniser should listen for, within what Deepgram takes."""

# At most 500 tokens a request (https://developers.deepgram.com/docs/keyterm); a token is about
# four letters, and half of that leaves room for names that split badly.
MOST_TERMS = 100
MOST_LETTERS = 1000


def keyterms(*lists: tuple[str, ...]) -> tuple[str, ...]:
    """Join lists, the most telling words first, and stop where Deepgram would refuse."""
    kept: dict[str, str] = {}
    letters = 0
    for term in (" ".join(word.split()) for words in lists for word in words):
        if not term or term.casefold() in kept:
            continue
        letters += len(term)
        if len(kept) == MOST_TERMS or letters > MOST_LETTERS:
            break
        kept[term.casefold()] = term
    return tuple(kept.values())
