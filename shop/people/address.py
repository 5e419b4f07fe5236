"""E-mail and postal addresses: however they are said or typed, one form is kept. Pure."""

import re

from email_validator import EmailNotValidError, validate_email

from shop.errors import BadValue
from shop.words import said, spelled

# USPS Publication 28, appendix B: states, the District, territories, and the forces' "states".
_STATES = {
    "alabama": "AL", "alaska": "AK", "arizona": "AZ", "arkansas": "AR", "california": "CA",
    "colorado": "CO", "connecticut": "CT", "delaware": "DE", "district of columbia": "DC",
    "florida": "FL", "georgia": "GA", "hawaii": "HI", "idaho": "ID", "illinois": "IL",
    "indiana": "IN", "iowa": "IA", "kansas": "KS", "kentucky": "KY", "louisiana": "LA",
    "maine": "ME", "maryland": "MD", "massachusetts": "MA", "michigan": "MI", "minnesota": "MN",
    "mississippi": "MS", "missouri": "MO", "montana": "MT", "nebraska": "NE", "nevada": "NV",
    "new hampshire": "NH", "new jersey": "NJ", "new mexico": "NM", "new york": "NY",
    "north carolina": "NC", "north dakota": "ND", "ohio": "OH", "oklahoma": "OK", "oregon": "OR",
    "pennsylvania": "PA", "rhode island": "RI", "south carolina": "SC", "south dakota": "SD",
    "tennessee": "TN", "texas": "TX", "utah": "UT", "vermont": "VT", "virginia": "VA",
    "washington": "WA", "west virginia": "WV", "wisconsin": "WI", "wyoming": "WY",
    "american samoa": "AS", "guam": "GU", "northern mariana islands": "MP", "puerto rico": "PR",
    "virgin islands": "VI", "micronesia": "FM", "marshall islands": "MH", "palau": "PW",
    "armed forces americas": "AA", "armed forces europe": "AE", "armed forces pacific": "AP",
}  # fmt: skip
_ALSO = {
    "washington dc": "DC", "washington d c": "DC", "us virgin islands": "VI",
    "u s virgin islands": "VI", "federated states of micronesia": "FM",
}  # fmt: skip
_CODES = frozenset(_STATES.values())
_BY_NAME = {**_STATES, **_ALSO, **{" ".join(code.casefold()): code for code in _CODES}}

_SIGNS = (
    (r"\s*\bat sign\b\s*|\s+at\s+", "@"),
    (r"\s*\bdot\b\s*|\s*\bperiod\b\s*", "."),
    (r"\s*\bunderscore\b\s*", "_"),
    (r"\s*\b(?:dash|hyphen)\b\s*", "-"),
    (r"\s*\bplus\b\s*", "+"),
)


def email(text: str) -> str:
    """An e-mail address in lower case, typed or as in "jane dot doe at example dot com".

    Only its form is checked; nobody is asked whether it takes mail.

    Raises:
        BadValue: It is none; the text asks for it again.
    """
    written = said.line(text).casefold()
    if "@" not in written:
        for words, sign in _SIGNS:
            written = re.sub(words, sign, written)
        written = written.replace(" ", "")
    try:
        found = validate_email(
            written, check_deliverability=False, allow_smtputf8=False, strict=True
        )
    except EmailNotValidError:
        # The library's own words are for those who type.
        raise BadValue(
            "I didn't get that e-mail address. Could you say it again, the part before the at sign"
            " first?",
            field="email",
        ) from None
    return (found.ascii_email or found.normalized).lower()


def state(text: str) -> str:
    """The two-letter code of a US state, district or territory, from its code or its name.

    Raises:
        BadValue: There is no such state.
    """
    words = " ".join(re.sub(r"[^a-z]+", " ", text.casefold()).split())
    words = words.removeprefix("the ").removeprefix("state of ")
    code = words.upper() if words.upper() in _CODES else _BY_NAME.get(words)
    if code is None:
        raise BadValue("Which state is that in?", field="state")
    return code


def zip_code(text: str) -> str:
    """A ZIP code as `62704` or `62704-1234`, typed or spoken.

    Raises:
        BadValue: It has neither five nor nine digits, or begins as none does.
    """
    found = spelled.digits(text) if spelled.has_words(text) else re.sub(r"[\s-]+", "", text)
    # The lowest prefix in use is 005, https://postalpro.usps.com/ZIP_Locale_Detail.
    if not re.fullmatch(r"(?!00[0-4])[0-9]{5}(?:[0-9]{4})?", found):
        raise BadValue("What's the ZIP code? It has five digits.", field="zip_code")
    return found if len(found) == 5 else f"{found[:5]}-{found[5:]}"


def street(text: str) -> str:
    """A street with its number, on one line.

    Raises:
        BadValue: There is nothing in it, or more than 120 characters.
    """
    question = "What's your street address, with the house number?"
    return said.short(text, question, name="street_address", most=120)


def city(text: str) -> str:
    """A city, on one line.

    Raises:
        BadValue: There is no letter in it, or more than 80 characters.
    """
    question = "Which city is that in?"
    words = said.short(text, question, name="city", most=80)
    if not any(c.isalpha() for c in words):
        raise BadValue(question, field="city")
    return words
