"""Callers who want nothing of a garage: sellers, surveys, recordings, and who dialled wrong."""

import re

SOLICITS = re.compile(
    r"\bmerchant services\b|\b(?:card|payment) processing\b|\bsearch engine optimi\w+"
    r"|\b(?:google|yelp|business) (?:business )?(?:listing|ranking|profile)\b"
    r"|\bpress (?:one|two|three|\d|star|pound)\b"
    r"|\b(?:extended|car's|auto|vehicle) warranty (?:has|is|will|about to|expir\w+)"
    r"|\babout your (?:car|vehicle|auto)(?:'s)?(?: extended)? warranty\b"
    r"|\b(?:conducting|taking|doing|quick|short|brief) (?:a |an )?(?:\w+ )?(?:survey|poll)\b"
    r"|\bsolar (?:panels?|energy|power)\b|\blower(?:ing)? your (?:\w+ ){0,3}(?:bill|rates?|fees?)\b"
    r"|\b(?:line of credit|business (?:loan|funding|credit)|working capital|pre ?approved for a)\b"
    r"|\bfree (?:cruise|vacation)\b|\byou(?:'ve| have) (?:been (?:selected|chosen)|won)\b"
    r"|\b(?:calling|talking to) (?:\w+ )?(?:businesses|business owners|companies)\b"
    r"|\b(?:whoever|the person who|who|person) (?:handles|does|manages|is in charge of"
    r"|takes care of) (?:your|the) (?:website|marketing|advertising|ordering|purchasing|uniforms"
    r"|energy|phones?|internet|insurance|payroll|supplies)\b"
)
"""Sells something, asks for opinions, or is a machine."""

WRONG_NUMBER = re.compile(
    r"\b(?:(?:i |i've |you |she |he )?(?:have|got|has|dialed|dialled|called|reached|is|must be"
    r"|be))(?: [\w']+){0,3} wrong (?:number|place|shop|person|business|house)\b"
    r"|^(?:oh |sorry |oops |uh |um |i'm |ah |whoops )*wrong (?:number|place|shop|person)\b"
    r"|\bmis ?dial\w*|\bdidn't mean to call\b|\bcalled (?:you )?by (?:mistake|accident)\b"
    r"|\bpocket dial\w*|\bbutt dial\w*|\bn[uú]mero equivocado\b"
    r"|^(?:[\w']+ ){0,3}wrong (?:number|place)(?: sorry| my bad| bye)*$"
)
"""Reached the wrong place."""
