"""Which given names are heard as one: short forms, and spellings that sound alike.

A choice of ours of what is usual among English speakers in the United States, kept small on
purpose: what is missing costs a caller another question, what is too much brings two people of a
household closer together. A name stands for its own short forms only, so that "Alex" may be an
Alexander or an Alexandra, but those two are never each other.
"""

_SHORT = {
    "abigail": "abby abbie", "albert": "al bert", "alexander": "alex", "alexandra": "alex",
    "alfred": "al fred", "allison": "ali allie", "amanda": "mandy", "andrea": "andi",
    "andrew": "andy drew", "anthony": "tony", "antonio": "tony", "arthur": "art",
    "barbara": "barb", "benjamin": "ben", "cameron": "cam", "carolyn": "carol",
    "catherine": "cathy kate katie", "charles": "charlie chuck", "cheryl": "cher",
    "christina": "chris christy tina", "christine": "chris chrissy", "christopher": "chris",
    "cynthia": "cindy", "daniel": "dan danny", "david": "dave", "deborah": "deb debbie",
    "dolores": "lola", "donald": "don", "dorothy": "dot", "douglas": "doug", "edward": "ed eddie",
    "eleanor": "ellie", "elizabeth": "liz beth betty eliza lizzie", "eugene": "gene",
    "florence": "flo", "frances": "fran", "francis": "frank", "francisco": "frank paco",
    "frederick": "fred", "gabriel": "gabe", "gerald": "jerry", "gregory": "greg",
    "guadalupe": "lupe", "harold": "harry", "henry": "hank harry", "howard": "howie",
    "isabella": "bella izzy", "jacob": "jake", "jacqueline": "jackie", "james": "jim jimmy jamie",
    "jason": "jay", "jeffrey": "jeff", "jennifer": "jen jenny", "jessica": "jess jessie",
    "john": "jack johnny", "jonathan": "jon", "jose": "pepe", "joseph": "joe joey",
    "joshua": "josh", "judith": "judy", "katherine": "kathy kate katie", "kenneth": "ken kenny",
    "kimberly": "kim", "lawrence": "larry", "leonard": "len lenny", "louis": "lou",
    "margaret": "maggie peggy meg", "matthew": "matt", "maxwell": "max", "melissa": "missy",
    "michael": "mike mikey", "mitchell": "mitch", "nancy": "nan", "natalie": "nat",
    "nathan": "nate", "nathaniel": "nate", "nicholas": "nick", "nicole": "nikki",
    "oliver": "ollie", "pamela": "pam", "patricia": "pat patty trish", "patrick": "pat paddy",
    "peter": "pete", "philip": "phil", "rachel": "rach", "randall": "randy", "raymond": "ray",
    "rebecca": "becky", "reginald": "reggie", "richard": "rich rick dick",
    "robert": "bob bobby rob", "roberto": "beto", "ronald": "ron ronnie", "russell": "russ",
    "samantha": "sam",
    "samuel": "sam sammy", "sandra": "sandy", "stephanie": "steph", "steven": "steve",
    "stuart": "stu", "susan": "sue susie", "suzanne": "sue", "terrence": "terry",
    "theodore": "ted teddy theo", "theresa": "terry tess", "thomas": "tom tommy",
    "timothy": "tim timmy", "valerie": "val", "vanessa": "nessa", "veronica": "ronnie",
    "victor": "vic", "victoria": "vicky tori", "vincent": "vince", "virginia": "ginny",
    "walter": "walt", "wesley": "wes", "william": "will bill billy", "zachary": "zach",
}  # fmt: skip

_ALIKE = (
    "alan allan allen", "alison allison", "ana anna", "ann anne", "brian bryan",
    "carl karl", "catherine katherine catharine katharine kathryn", "cathy kathy kathi",
    "christina cristina kristina", "christine kristine", "christopher kristopher", "chris kris",
    "debbie debby", "deborah debra", "elisabeth elizabeth", "eric erik erick",
    "frederick fredrick", "geoffrey jeffrey jeffery", "geoff jeff", "gerald jerald",
    "hanna hannah", "isabel isabelle isobel", "jaime jamie", "jen jenn", "jesse jessie",
    "john jon", "jonathan johnathan jonathon johnathon", "katie katy", "kelli kelley kelly",
    "laurie lori", "lawrence laurence", "lesley leslie", "lindsay lindsey", "louis lewis",
    "marc mark", "mathew matthew", "meagan megan meghan", "michael micheal", "nicholas nicolas",
    "nick nic", "philip phillip", "rachael rachel", "rebecca rebekah", "sara sarah",
    "sean shaun shawn", "stephen steven", "stephanie stefanie", "stewart stuart",
    "susie suzie", "teresa theresa", "tracey traci tracy", "vicki vickie vicky", "zach zack",
    "zachary zackary zachery",
)  # fmt: skip

_SPELT = {name: row.split()[0] for row in _ALIKE for name in row.split()}


def _by_sound() -> dict[str, frozenset[str]]:
    stands_for: dict[str, set[str]] = {}
    for whole, shorts in _SHORT.items():
        for short in shorts.split():
            stands_for.setdefault(spelt(short), set()).add(spelt(whole))
    return {short: frozenset(wholes) for short, wholes in stands_for.items()}


def spelt(name: str) -> str:
    """One spelling for all that sound alike; the name is folded already."""
    return _SPELT.get(name, name)


_WHOLE = _by_sound()


def forms(name: str) -> frozenset[str]:
    """The folded name, in one spelling, and the names it may be short for."""
    one = spelt(name)
    return frozenset((one,)) | _WHOLE.get(one, frozenset())
