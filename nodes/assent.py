"""Did the caller say yes to what was read back to them?

A write hangs on this answer, so only a plain yes counts: any correction, condition, hesitation or
other day or time makes it unclear, and an unclear answer is asked again.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Literal

from shop.words.dates import When, resolve
from shop.words.numerals import plain

Assent = Literal["yes", "no", "unclear"]

_MOST_WORDS = 40
_SOME_DAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
"""Stands in for today where it only matters whether any moment was named."""

_AGREEABLE = re.compile(
    r"\b(?:no (?:problem|worries|objections?|issues?|complaints|doubt|rush|hurry"
    r"|questions?)s?(?: (?:at all|with (?:that|it)))?|not a problem|not bad|why not"
    r"|(?:i )?(?:don't|do not) mind|(?:i )?(?:don't|do not) see why not|can't complain"
    r"|nothing (?:else )?to (?:change|correct)|no (?:change|correction)s?|(?:don't"
    r"|do not) (?:change|worry about) (?:a thing|anything|it))\b"
)
_SOFT_NO = re.compile(
    r"^(?:oh )?no(?: no)*(?: yes| yeah| it's| its| that's| that is| that| it| you're"
    r"| go)* (?=right|correct|works|perfect|great|ahead|sounds|do it|please do)"
    r"|^(?:oh )?no no(?: no)* (?=that's|that is|it's|fine|good|okay)"
)
_NO = re.compile(
    r"\b(?:no|nope|nah|naw|negative|incorrect|wrong|don't|do not|not|isn't|aint|ain't|wasn't"
    r"|doesn't|didn't|won't|can't|cannot|never ?mind|never|forget (?:it|that|about)|cancel|neither"
    r"|decline)\b"
)
_NEGATED = re.compile(
    r"\b(?:don't|do not|never|not|isn't|aren't|ain't|doesn't|does not|won't|cannot|can't"
    r"|wasn't) (?:\w+ ){0,2}(?:(?:book|do|schedule|confirm|lock|put|go)(?: ahead| it| that| me)?"
    r"|right|correct|perfect|exactly|sounds? \w+|works?(?: for (?:me|us))?|agree|deal|good|fine"
    r"|great)\b"
)
_UNSURE = re.compile(
    r"\b(?:don't know|do not know|not (?:really |quite |entirely |so |too |that "
    r"|100 percent )*(?:sure|certain)|are you sure|not sure|no idea|don't understand"
    r"|didn't (?:hear|catch|get|understand|say)|can't hear|couldn't hear|don't remember|not only"
    r"|whether or not)\b"
)
_CHANGE = re.compile(
    r"\b(?:but|except|instead|however|although|though|unless|until|only if|if|provided|as long as"
    r"|depends|depending|change|changed|make (?:it|that)|move (?:it|that)|switch|different|another"
    r"|other|rather|earlier|later|sooner|actually|correct (?:the|my|that|it)|correction|add"
    r"|also (?:add|need|want|do|get)|plus|wait|hold (?:on|up|off)|hang on|one (?:second|moment|sec"
    r"|minute)|just a|give me a|let me (?:check|think|see|ask|look|call|talk)|need to (?:check"
    r"|think|ask|talk)|have to (?:check|think|ask|talk)|maybe|perhaps|probably|possibly|might"
    r"|i guess|i suppose|i think|(?<!mm )hmm+|not yet|again|repeat|pardon|what time|what day|which"
    r"|excuse me|say that|almost|close|half right|pero|otr[oa]|mejor|espere|cambi\w+|quiz[aá]s?"
    r"|no s[eé])\b"
)
_REPORTED = re.compile(
    r"\b(?:already|just|i've|did|has|have|had|she|he|they|you|who|never|ever) (?:\w+ )?(?:sa(?:id"
    r"|y)|told|agreed?|confirmed|approved)\b|\btold you\b|\bsaid (?:yes|yeah|okay|ok|sure)\b"
)
_YES = re.compile(
    r"\b(?:yes|yeah|yea|yep|yup|yah|ye[ah]h|ya|uh huh|mm+ ?hmm*|mhm+|sure(?: thing)?|for sure"
    r"|absolutely|definitely|certainly|of course|by all means|go (?:ahead|for it)|please do"
    r"|(?:please )?do (?:it|that|so)|let's do (?:it|that)|book (?:it|that|me)|schedule (?:it|that)"
    r"|confirm(?:ed)?(?: it| that)?|lock (?:it|that) in|put me down|sign me up|sounds? (?:good"
    r"|great|right|perfect|fine|lovely|wonderful)|(?:that|it|this|which|both)(?: all)?(?: will"
    r"| would|'ll|'d)? (?:works?|does|do)(?: for (?:me|us))?|works (?:for (?:me|us)|great|fine"
    r"|perfectly|well)|that(?:'s| is|s| would be| will be|'ll be) (?:all |just |perfectly "
    r"|absolutely |totally |very )?(?:right|correct|fine|good|great|perfect|okay|ok|alright|it"
    r"|lovely|wonderful|excellent|awesome|the one|me|accurate)|you (?:got it|bet)|you're right"
    r"|i (?:do|would|agree|confirm)|i'd (?:like|love) (?:that|to)|perfect|correct|exactly"
    r"|affirmative|indeed|excellent|awesome|wonderful|fantastic|agreed|deal|right on|all good"
    r"|looks good|why not|amen|sí|si|claro|correcto|está bien|esta bien|dale|por supuesto|perfecto"
    r"|así es)\b"
)
_WEAK_YES = re.compile(
    r"\b(?:ok|okay|okey|'kay|kay|k|alright|all right|right|fine|good|great|please|cool|lovely|nice"
    r"|bueno|super|it's fine)\b"
)
_FILLER = re.compile(
    r"\b(?:u[hm]+|oh|ah|er|well|so|and|then|just|thanks?|thank you|you|very|much|a lot|sir|ma'am"
    r"|that|it|that's|that'll|it's|is|will|be|would|do|to|me|for|works?|with|i'm|im|by|my|the|man"
    r"|dear|sophie|all|really|sounds?|appreciate|ahead|go|day|one|as|in|with|let's|now|on|at"
    r"|gracias|por|favor)\b"
)
_MOMENT = re.compile(
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|today|tomorrow|tonight|this|next|week|of"
    r"|jan\w*|feb\w*|march|april|may|june|july|aug\w*|sept\w*|oct\w*|nov\w*|dec\w*|the|in"
    r"|morning|afternoon|evening|noon|midday|am|pm|o'clock|half|quarter|past|to|till|after|before"
    r"|a|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen"
    r"|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|first|second|third|\w+th"
    r"|\d+(?:st|nd|rd|th)?|\d*:?\d+(?:am|pm)?)\b"
)
_ASKS = re.compile(
    r"^(?:(?:and|so|okay|ok|well|right|but) )*(?:is|was|are|were|does|do|did|can|could|will|would"
    r"|should|what|when|where|who|why|how|which)\b"
)
_NEGATED_YES = re.compile(
    r"\b(?:are you|not|n't|make|i'm|im) sure\b"
    r"|\bright (?:now|away|there|here|after|before|side|front|rear|turn)\b"
    r"|\bgood (?:morning|afternoon|evening|day|question|bye)\b|\bfor the right\b"
    r"|\b(?:i'm|we're|i am) (?:good|fine|okay|ok|all set|great)\b|\bsure (?:if|about|whether)\b"
)


_MORE = re.compile(
    r"\b(?:for|under) (?:the|my|his|her|our|their) (?!sure|best|help|time|day|price|morning"
    r"|afternoon|appointment|oil|tire|brake|car\b)\w+|\bunder \w+|\bit(?:'s| is) an? \d{2,4}\b"
    r"|\b(?:who|what) is (?:this|the price)|\bwhat's the price|\bhear me\b|\bstop calling\b"
)


def assent(text: str, *, agreed: datetime | None = None, now: datetime | None = None) -> Assent:
    """Read the answer to "…, shall I book that?".

    A day or time in the answer must be the `agreed` one, or the answer is unclear. `agreed` and
    `now` are in the shop's zone; without `now`, "today" and "tomorrow" are never the agreed day.
    """
    said = plain(text)
    if not said or len(said.split()) > _MOST_WORDS or _UNSURE.search(said):
        return "unclear"
    named = _names(said, agreed, now)
    said = _NEGATED.sub("no", _softened(_AGREEABLE.sub("yes", said)))
    refused = bool(_NO.search(said))
    consented = _consents(said)
    if named == "other":
        return "unclear"
    if refused:
        return "unclear" if consented or _hesitates(said) else "no"
    if _hesitates(said) or _says_more(said):
        return "unclear"
    return "yes" if consented or (named == "agreed" and _only_names(said)) else "unclear"


def _only_names(said: str) -> bool:
    """Whether it says the moment and nothing else: of more, a "not" may have been lost."""
    rest = _FILLER.sub(" ", _WEAK_YES.sub(" ", _MOMENT.sub(" ", said)))
    return not _ASKS.search(said) and not rest.strip()


def _softened(said: str) -> str:
    """With a yes for "no, that's right", unless more is said: then a "not" may have been lost."""
    soft = _SOFT_NO.sub("yes ", said)
    left = _FILLER.sub(" ", _WEAK_YES.sub(" ", _YES.sub(" ", soft))).split()
    return said if left else soft


def _consents(said: str) -> bool:
    said = _NEGATED_YES.sub(" x ", said)
    strong = _YES.search(said)
    if strong and not _ASKS.search(said[: strong.start()]):
        return not _REPORTED.search(said) or said.startswith(("yes ", "yeah ", "yep "))
    left = _FILLER.sub(" ", _WEAK_YES.sub(" ", said)).split()
    return bool(_WEAK_YES.search(said)) and not left and not _ASKS.search(said)


def _says_more(said: str) -> bool:
    """Whether more is said than a yes: another car or name, a question to Sophie herself.

    Asked back, a careful receptionist reads it out once more; taken for a yes, the wrong car is
    booked. What is agreed to is whatever stays unsaid.
    """
    return bool(_MORE.search(said))


def _hesitates(said: str) -> bool:
    return bool(_CHANGE.search(said))


def _names(said: str, agreed: datetime | None, now: datetime | None) -> str:
    """Say whether the answer names no moment, the agreed one, or another."""
    # Seen from a week before, the plain and the "next" name of a weekday are the same day.
    seen_from = now or (agreed - timedelta(days=7) if agreed else None)
    if seen_from is None:
        seen_from = _SOME_DAY
    try:
        when = resolve(said, now=seen_from)
    except ValueError:
        return "other"
    if when == When():
        return ""
    return "agreed" if agreed is not None and not when.vague and _fits(when, agreed) else "other"


def _fits(when: When, agreed: datetime) -> bool:
    part = "morning" if agreed.hour < 12 else "afternoon" if agreed.hour < 17 else "evening"
    return (
        when.day in (None, agreed.date())
        and when.time in (None, agreed.time().replace(tzinfo=None))
        and when.part in (None, part)
    )
