"""Whether somebody who was told of an appointment says that they will come. Pure."""

import re

from shop.words.numerals import plain

_WILL = re.compile(
    r"\b(?:(?:i|we)(?:'ll| will| can| plan to| shall| am going to|'m going to|'re going to)"
    r" (?:\w+ )?(?:be there|be in|come|make it|keep it|attend|do it)|see you (?:then|there|tomorrow"
    r"|on \w+)|i(?:'m| am) coming|i(?:'ll| will) be there"
    r"|(?:please )?confirm(?:ed)?(?: it| that| my| the| appointment)*"
    r"|still (?:good|on|coming|works?)"
    r"|that (?:still )?works|works for me|that's (?:right|fine|good|correct|perfect)"
    r"|count me in|you can count on (?:me|it|us))\b"
)
_PLAINLY = re.compile(
    r"^(?:yes|yeah|yep|yup|sure|absolutely|definitely|of course|certainly|correct|ok(?:ay)?)"
    r"(?: (?:yes|please|i (?:will|can|do|am)|we (?:will|can)|ma'am|sophie|that's right|thanks"
    r"|thank you))*$"
)
_HESITATES = re.compile(
    r"\b(?:no|not|can't|cannot|won't|don't|doesn't|isn't|if|unless|but|maybe|might|may|probably"
    r"|perhaps|think|hope|try|should|could|would|depends|unsure|cancel\w*|mov(?:e|ing)"
    r"|re ?schedul\w*|chang\w*|another|different|instead|later|earlier|late|wait|when|what|which"
    r"|who|why|how|where|already|wrong|sorry|never|forgot|somebody|someone)\b"
)


def will_come(text: str) -> bool:
    """Whether the words say plainly, and nothing else, that whoever speaks will be there."""
    said = plain(text)
    if _HESITATES.search(said):
        return False
    return bool(_WILL.search(said) or _PLAINLY.search(said))
