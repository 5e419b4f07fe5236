"""A person is wanted, or needed: requests, complaints, bargaining, abuse, claims."""

import re
from typing import Literal

from nodes.words.vocabulary import STAFF
from shop.words.numerals import plain

_ASKABLE = (
    r"(?:person|human(?: being)?|manager|supervisor|owner|representative|operator|agent|advis[oe]r"
    r"|receptionist|someone (?:real|else|in charge|human|live|higher)|somebody (?:real|else"
    r"|in charge|human|live))"
)
_BAD_WORK = (
    r"(?:still|again|same|worse|wrong|but|and now|now (?:it|the|my)|back|leak\w*|already|broke\w*"
    r"|isn't|doesn't|not|won't|problem\w*|noise)"
)
_DONE = (
    r"(?:fixed|replaced|repaired|installed|worked on|serviced|changed|did|put in|rotated|aligned"
    r"|looked at)"
)
_QUESTION = re.compile(
    r"^(?:(?:and|so|but|okay|ok|um|uh|hi|hello|hey|yes|yeah|well|also|oh|excuse me"
    r"|i was wondering(?: if)?|i wanted to know|quick question|question|can you tell me"
    r"|could you tell me|do you know) )*(?:is|are|was|were|does|do|did|what|what's|how|would|will"
    r"|can|could|if|when|where|which|why|who|should|am)\b"
    r"|\b(?:is|would|does) (?:it|that|this|the \w+) (?:be )?(?:covered|included)\b"
    r"|\bif (?:it's|its|that's) covered\b"
)
_WARRANTY = re.compile(r"\b(?:warrant\w+|insurance|insured|claims?)\b")
_CLAIM = re.compile(
    r"\b(?:file|make|made|start|open|submit|have|process|put in|denied"
    r"|my)(?: [\w']+){0,3} claims?\b|\bclaims? (?:number|adjuster|department|rep)\b|\badjuster\b"
    r"|\bdeductible\b"
    r"|\b(?:warranty|insurance) (?:claims?|company (?:to|will|is|said|wants)|issue|problem|dispute"
    r"|work|repair|matter)\b"
    r"|\b(?:use|honou?r|void\w*|bill|through|contact) (?:\w+ )?(?:my|the|your"
    r"|extended)(?: extended)? (?:warranty|insurance)\b"
)
ASKS_FOR_A_PERSON = re.compile(
    r"^(?:(?:please|no|hi|hello|hey|yes|yeah|um|uh|okay|just|i said|sorry|look|oh) )*(?:(?:a|an"
    rf"|the|another|real|live|actual|human|any|some|your) )*(?:{STAFF}|someone real"
    rf"|somebody real)(?: (?:please|now|{STAFF}|thanks|thank you|a|real|right now|i said"
    r"|on the (?:phone|line)))*$"
    r"|\b(?:talk|speak|chat|get in touch)(?: directly| live| right now| instead"
    r"| on the phone)? (?:to|with) (?!(?:you|my|me|about|this|that|it|an? (?:robot|machine|bot"
    r"|computer|ai|recording)|myself|them|their|each|the (?:bank|wife|dealer)|because"
    r"|i)\b(?! (?:advis|service|mechanic|technician|usual|supervis|manag)))\w+"
    r"|\b(?:someone|somebody|anyone|anybody|who|person|mechanic|technician"
    r"|else)\b(?: [\w']+){0,4} (?:talk|speak) (?:to|with)$"
    r"|\b(?:transfer|connect|patch|forward|redirect|escalate) (?:me|us|this(?: call)?|my call)\b"
    r"|\bput me (?:on with|through|in touch)\b|\bput (?:\w+ ){1,2}on (?:the )?(?:phone|line)\b"
    r"|\b(?:get|give|find|bring|grab|hand me to|switch me to|pass me to)(?: me"
    rf"| us)?(?: [\w']+){{0,3}} {_ASKABLE}\b"
    r"|\b(?:want|wanna|need|like|prefer|demand|request|have|ask(?:ing)? for|looking for|there"
    rf"|rather have|instead of)(?: [\w']+){{0,4}} {_ASKABLE}\b(?! (?:to |who "
    r"|that )?(?:can )?(?:look|check|fix|work|call))"
    r"|\b(?:real|live|actual) (?:person|human|people|agent)\b"
    r"|\byour (?:manager|boss|supervisor|owner|superior)\b(?!'s manual)"
    rf"|\bis (?:the |a |your |there a )?{STAFF} (?:there|in|available|around|here|free|working)\b"
    r"|\bis (?!(?:it|that|this|there|he|she|everything|anything|any\w*|some\w*|my|the|monday"
    r"|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow|today|noon|one|two|three|four"
    r"|five|six|seven|eight|nine|ten|eleven|twelve|thirty|parking|coffee|towing|wi ?fi|shuttle|now"
    r"|which)\b)[a-z]+ (?:there|available|in today|around|working today|in the (?:shop"
    r"|office))(?: today| now| please| right now)*$"
    r"|\b(?:don't|do not|hate|sick of|tired of|won't|not|no|stop|rather not|instead of|stupid|dumb"
    r"|stinking|useless|damn)\b(?: [\w']+){0,7} (?:robots?|machine|bots?|computer|ai|recording"
    rf"|automated)\b|\bput (?:a|an|the|your|some\w+|any\w+)(?: \w+)? ?{STAFF}? (?:on|through)\b"
    r"|\b(?:get|put|have|want|need) (?:me )?(?:someone|somebody|anyone|anybody"
    r"|a \w+) on the (?:phone|line)\b"
    r"|\brefuse\b(?: [\w']+){0,5} (?:robots?|machine|bots?|computer|ai|recording|automated)\b"
)
COMPLAINS = re.compile(
    r"\b(?:file|make|have|got|lodge|register) (?:a |an |some )?(?:formal |official )?complain\w*"
    r"|\bcomplain(?:ing|t)?\b"
    r"|\b(?:unhappy|dissatisfied|not (?:at all |very |really )?(?:happy|satisfied|pleased)"
    r"|disappointed|frustrat\w+|fed up|pissed|furious|outrage\w*|disgust\w+|ridiculous"
    r"|unacceptable|livid|appalled)\b"
    r"|\b(?:terrible|awful|horrible|lousy|worst|shoddy|crappy|poor|rude|bad) (?:service|job|work"
    r"|experience|shop|place|company|mechanics?|customer|people|workmanship)\b"
    r"|\b(?:was|were|so|very) rude\b|\brip(?:ped|ping)? (?:me )?off\b|\brip off\b|\bscam\w*"
    r"|\bover ?charg\w+|\bcharged (?:me )?(?:twice|double|too much|wrong)"
    r"|\bbilled (?:me )?(?:twice|double|too much|wrong)"
    r"|\b(?:refund|money back|lawyer|attorney|(?:to|will|gonna|can|i'll|should) sue|suing|lawsuit"
    r"|small claims|better business|bbb)\b|\b(?:bad|negative|one star) review\b"
    r"|\b(?:question|problem|issue|mistake|error|wrong)(?: [\w']+){0,4} (?:bill|invoice|charges?"
    r"|receipt|statement)\b|\bdispute\b"
    r"|\b(?:you|your (?:guys?|shop|mechanics?|tech\w*|people|team|driver|boys)) (?:guys |people "
    r"|all |folks |just )*(?:broke|damaged|scratched|dented|ruined|messed|screwed|botched|stripped"
    r"|forgot|never (?:fixed|called|tightened|finished)|didn't (?:fix|tighten|finish|replace|call"
    r"|do (?:it|the|anything)))\b"
    rf"|\byou (?:guys |people |all |folks |just |already |supposedly )*{_DONE}\b.*\b{_BAD_WORK}\b"
    rf"|\b{_BAD_WORK}\b.*\b(?:you|your (?:guys|shop|mechanics?|techs?)) (?:guys |people |just "
    rf"|already |supposedly )*{_DONE}\b"
    r"|\b(?:since|after) (?:you (?:guys )?\w+ed|you (?:guys )?(?:had|did)|your (?:shop|guys"
    r"|mechanics?)|the (?:repair|last (?:visit|service))|my last (?:visit|repair))\b"
    r"|\bworse (?:than (?:before|when|it)|now)\b"
    r"|\b(?:who(?:ever)?(?:'s| is)|someone|somebody|person) in charge\b"
    r"|\b(?:someone|somebody|anyone|anybody)(?: [\w']+){0,3} (?:answer|pick up"
    r"|come to)(?: the (?:phone|line))?$"
    r"|\bjust (?:had|got|paid)\b.*\b(?:fixed|repaired|serviced|replaced|changed|done|worked on"
    rf"|there)\b.*\b{_BAD_WORK}\b"
    r"|\b(?:was|were) (?:just )?(?:in|there|at your shop) (?:just )?(?:yesterday|last|this|a|on"
    rf"|two|three)\b.*\b{_BAD_WORK}\b"
    r"|\b(?:never|not|wasn't|weren't|didn't get) (?:fixed|repaired|done) (?:right|properly"
    r"|correctly)\b|\bstill not fixed\b|\bredo (?:it|the|this|my)\b|\bfix(?:ed)? (?:it )?wrong\b"
    r"|\b(?:same|that) (?:problem|issue|noise) (?:is |came |has come )?(?:back|again)\b"
    r"|\bdamage(?:d)? (?:to )?my (?:car|truck|paint|bumper)\b|\bpaid\b.*\bstill\b"
    r"|\bstill (?:making|doing|has|got|have) (?:that|it|the same)\b"
    r"|\b(?:problem|noise|issue) (?:just |has )?(?:came|come) (?:right )?back\b"
    r"|\b(?:second|third|fourth|fifth) time\b.*\b(?:same|brought|back|in)\b"
    r"|\b(?:quoted|told)\b.*\b(?:charged|billed)\b|\bcharged (?:me )?more\b"
    r"|\bmore than (?:you|i was) quoted\b|\b(?:upset|mad|angry|ticked|annoyed)\b"
    r"|\b(?:bill|invoice|charge|receipt|estimate) (?:was|is|were|looks?|came out) (?:wrong|off"
    r"|incorrect|too high|higher|more)\b"
    r"|\byour (?:mechanics?|guys?|tech\w*|shop|people) (?:left|lost|forgot|lied|never|didn't"
    r"|put the wrong|did (?:a|something) (?:bad|wrong))\b"
)
BARGAINS = re.compile(
    r"\bdiscounts?\b|\b(?:price )?match(?:ing)? (?:\w+ ){0,3}(?:price|quote|offer|competitor)\b"
    r"|\bprice match\b|\bbeat (?:\w+ ){0,3}(?:price|quote)\b"
    r"|\b(?:percent|dollars|bucks|money|something|some) off\b|\bknock (?:\w+ ){0,3}off\b|\bwaive\b"
    r"|\bexception\b|\bcut me (?:a|some)\b"
    r"|\b(?:better|lower|cheaper|special) (?:price|deal|rate)\b|\bnegotiat\w+|\bhaggl\w+"
    r"|\b(?:for|it|that|them|one|all|be|was) free\b(?= ?$)|\bfree of charge\b|\bon the house\b"
    r"|\bno charge\b|\bcomp (?:me|it|that)\b"
    r"|\b(?:manager|owner|boss|advis[oe]r|mechanic|technician|guy|they|he|she|you|sarah|mike"
    r"|someone|somebody) (?:had |has |have )?(?:promised|guaranteed)\b"
    r"|\b(?:do|get|have) (?:it|this|that) (?:for less|cheaper|for free)\b|\bfor (?:less|cheaper)\b"
    r"|\b(?:give|cut) me a (?:break|deal|discount)\b|\bbreak on the (?:price|bill|cost)\b"
)
ABUSES = re.compile(
    r"\bf+u+c+k\w*|\bshit\w*|\bass ?holes?\b|\bbitch\w*|\bbastards?\b|\bgo to hell\b|\bscrew you\b"
    r"|\bshut up\b|\bpiece of (?:crap|junk service)\b|\bgod ?damn\w*"
    r"|\byou(?:'re| are)(?: [\w']+){0,3} (?:stupid|useless|idiots?|morons?|dumb|worthless"
    r"|incompetent|joke|crooks?|thieves|liars?)\b|\b(?:idiots?|morons?|crooks?|thieves)\b"
)
ASKS_FOR_A_PERSON_IN_SPANISH = re.compile(
    r"\b(?:hablar con|pásame|paseme|páseme|comunicar\w*|quiero"
    r"|necesito)(?: [\w']+){0,2} (?:persona|alguien|gerente|humano|operador\w*|encargado|dueño"
    r"|agente|representante)\b|^(?:una persona|operador\w*|gerente|agente)(?: por favor)?$"
)

NEEDS_A_PERSON = (
    ASKS_FOR_A_PERSON,
    COMPLAINS,
    BARGAINS,
    ABUSES,
    ASKS_FOR_A_PERSON_IN_SPANISH,
)


def asks_for_a_person(words: str) -> bool:
    """Whether somebody is asked for outright, rather than needed because of what is complained of.

    `words` are the caller's own, not made plain.
    """
    said = plain(words)
    outright = (ASKS_FOR_A_PERSON, ASKS_FOR_A_PERSON_IN_SPANISH)
    return any(family.search(said) for family in outright)


def cover_is(said: str) -> Literal["claimed", "asked about"] | None:
    """Tell a claim under a warranty or an insurance from a question about one."""
    if not _WARRANTY.search(said):
        return None
    if _CLAIM.search(said) or not _QUESTION.search(said):
        return "claimed"
    return "asked about"
