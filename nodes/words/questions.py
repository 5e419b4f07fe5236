"""Questions, needs and farewells, which mean different things in different places."""

import re

from nodes.words.vocabulary import CAR, PART, SERVICE, SYMPTOM

_SHOP_POLICY = re.compile(
    r"\b(?:cancell?ation|no show|late) (?:policy|fee|charge)\b"
    r"|\bcharge (?:me )?(?:for|if)(?: [\w']+){0,3} cancel"
)
_IDENTITY = re.compile(
    r"\b(?:are|is) (?:you|this|it) (?:an? |the |really |actually |even |just )*(?:robot|machine"
    r"|bot|computer|ai|real|human|recording|automated|person)\b"
    r"|\bam i (?:talking|speaking) (?:to|with) an? (?:real |live |actual )?(?:robot|machine|bot"
    r"|computer|ai|human|person|recording)\b"
)
_TOW_PRICE = re.compile(
    r"\b(?:how much|price|cost|charge|rates?)\b.*\btow"
    r"|\btow\w*\b.*\b(?:how much|cost|price|rates?)\b"
    r"|\btow(?:ing)? (?:hitch|package|capacity|mirrors?|ball|bar)\b"
)
ONLY_ASKS = (_SHOP_POLICY, _TOW_PRICE, _IDENTITY)
"""What cancelling or towing costs, or who is speaking: questions that hold a word of doing."""

BOOKS = re.compile(
    r"\b(?<!do i )(?:book|schedule|make|set up|get|arrange|need|want|like|have|looking for"
    r"|reserve)(?: [\w']+){0,4} (?:appointment|appt|booking|slot|opening)\b"
    r"|\b(?:book|schedule|reserve) (?:an?|my|the|it|in|me|something|some|for|one|another)\b"
    r"|\bbook (?:\w+ )?(?:service|repair)\b"
    r"|\bbring (?:it|my|her|him|the|our|this)(?: [\w']+){0,3} (?:in|by|over|down)\b"
    r"|\b(?:get|fit|squeeze|take) (?:it|me|my|us|the|her|him)(?: [\w']+){0,3} (?:in|looked at"
    r"|checked(?: out)?|fixed|serviced|inspected|seen|done|repaired|changed|replaced)\b"
    r"|\bdrop (?:it|my|the)(?: [\w']+){0,2} off (?:on|tomorrow|today|next|this|mon|tues|wednes"
    r"|thurs|fri|satur)\w*\b"
    r"|\b(?:can|could|may|should|when can) i (?:just )?(?:come|drop)(?: [\w']+){0,3} ?(?:in|by|off"
    r"|over)\b(?! (?:my )?keys?)(?! after hours)"
    r"|\b(?:do you|you) have (?:any|an?|some|room|time"
    r"|space)(?:thing)?(?: [\w']+){0,2} ?(?:openings?|appointments?|availab\w+|slots?|time|times"
    r"|room|tomorrow|today|this|next|mon\w*|tue\w*|wed\w*|thu\w*|fri\w*|sat\w*)\b"
    r"|\b(?:what|any) (?:times?|days?|openings?|slots?) (?:(?:do )?you have"
    r"|are (?:you )?(?:available|free|open for)|would work|work)\b|\bhow soon (?:can|could)\b"
    r"|\bwhen can (?:you|i)\b|\b(?:next|first|earliest) (?:available|opening|appointment)\b"
    r"|\bset me up\b|\bput me (?:down|in)\b"
    r"|\b(?:necesito|quiero|hacer|sacar)(?: [\w']+){0,3} (?:cita|cambio|servicio|reparar"
    r"|arreglar)\b"
)
"""Asks outright for an appointment."""

BRINGS = re.compile(
    r"\b(?:need|needs|want|wants|like|get|due|time for|looking for|have|do|require"
    rf"|requires)\b(?: [\w']+){{0,5}} {SERVICE}\b"
    rf"|^(?:(?:just|it's|for|hi|hello|hey|um|uh|yes|yeah|an?|the|some|my) )*{SERVICE}(?: (?:and|an?"
    rf"|for|please|on|my|the|{SERVICE}|{CAR}|thanks|thank you|too|also|plus))*$"
    rf"|\b{PART}(?:'s)?\b(?: [\w']+){{0,5}} {SYMPTOM}\b"
    r"|\b(?:problems?|issues?|trouble|noise\w*|grind\w*|squeak\w*|squeal\w*|leak\w*|vibrat\w*"
    rf"|shak\w*|rattl\w*|clunk\w*)\b(?: [\w']+){{0,5}} {PART}\b"
    r"|\blights?\b(?: [\w']+){0,4} (?:dash\w*|came on|is on|stays on|flash\w*)\b"
    r"|\b(?:check engine|engine|warning|abs|airbag|air bag|battery|tire pressure|dash\w*"
    r"|maintenance|service) lights?\b"
    r"|\b(?:look at|check(?: out)?|fix|repair|service|diagnose|inspect|replace|change|rotate"
    r"|work on)(?: out)? (?:my|the|our|his|her|it)\b"
    r"|\bsomething(?:'s| is) (?:\w+ )?(?:wrong|off|broken|loose)\b|\bflat tire\b|\bnoise\b"
    r"|\bstrange (?:sound|smell)\b"
    r"|\bmy (?:wife|husband|son|daughter|mom|dad)\w*(?:'s)? (?:other )?(?:car|truck|van)\b"
)
"""Describes what the car needs, without asking for anything."""

ASKS = re.compile(
    r"\b(?:what|when|are|how late|until|your|which|til|tell me|about)(?: [\w']+){0,5} (?:hours"
    r"|open(?! (?:the|my|a|it|up|that)\b)|opening|close|closed|closing)\b"
    r"|\b(?:you|you guys|shop|y'all) (?:open|closed?)\b(?! (?:the|my|it)\b)"
    r"|\bhow (?:much(?! (?:longer|time))|expensive)\b"
    r"|\bwhat (?:do|would|does|will|is|are|'s)(?: [\w']+){0,6} (?:cost|costs|run me|charge|price"
    r"|fee|fees|rates?|total)\b"
    r"|\bwhat's (?:the|your)(?: [\w']+){0,3} (?:price|cost|charge|rate|fee|labor rate|total)\b"
    r"|\b(?:price|cost|quote|estimate|pricing|ballpark)s? (?:of|for|on|is|range|list|would|to)\b"
    r"|\b(?:get|give|need|want|have|like)(?: [\w']+){0,3} (?:quote|estimate|price|ballpark)\b"
    r"|\bdo you (?:guys |all |folks |also |even |still )*(?:do|offer|work|fix|service|sell|carry"
    r"|handle|repair|take|accept|provide|replace|install|change|rotate|use|perform|finance|speak"
    r"|charge|need|guarantee|do any)\b(?! me\b)"
    r"|\bdo you (?:guys |all )?have (?:a |an |any )?(?:waiting|shuttle|loaners?|rental|wi ?fi"
    r"|coffee|parking|warranty|website|email|coupons?|specials?|promotions?|financing|bathroom"
    r"|after hours|drop box|key drop|parts?|tires)\b"
    r"|\bwhere (?:are|is|'s) (?:you|your|the (?:shop|place|garage|entrance))\b"
    r"|\bwhere(?:'s| is) (?:bart\w*|the shop)\b|\bwhere do i (?:park|drop|go|leave|come|enter)\b"
    r"|\b(?:what(?:'s| is)|give me|tell me|have) (?:your|the(?: shop's)?) (?:address|location"
    r"|phone|email|website|name|fax|hours|cross street)\b"
    r"|\bhow (?:do|can) i (?:get (?:to|there)|find|pay|reach)\b|\bdirections\b|\bhow far\b"
    r"|\bare you (?:guys |all )?(?:near|close to|located|by the|on)\b"
    r"|\bhow long (?:does|do|will|would|is|are|it|a|to|until|till)\b"
    r"|\bhow many (?:hours|minutes)\b"
    r"|\b(?:can|could|may|do) i (?:pay|use|wait|get a ride|leave|stay|walk in|bring my own)\b"
    r"|\b(?:pay|paying|payment|payments)\b(?: [\w']+){0,4} (?:card|cash|check|credit|plan|options?"
    r"|online|phone)|\b(?:credit|debit) cards?\b|\bapple pay\b|\bfinancing\b"
    r"|\bpay (?:my|the) bill\b|\bwalk ?ins?\b|\bdo i need (?:an? )?(?:appointment|to)\b"
    r"|\bwhat (?:services|kind|kinds|type|types|brands?|all|else)(?: [\w']+){0,4} (?:do you|you"
    r"|offer|provide)\b"
    r"|\bwhat(?:'s| is| does)(?: [\w']+){0,5} (?:included|include|covered|involve)\b|\bhow often\b"
    r"|\b(?:are|is) (?:you|this|it) (?:an? |really |actually |even )*(?:robot|machine|bot|computer"
    r"|ai|real|human|recording|automated|person)\b|\bam i (?:talking|speaking) (?:to|with) an?\b"
    r"|\bwho (?:is|am|are|owns|'s) (?:this|i|you|the|calling)\b|\brecalls?\b"
    r"|^(?:and |so |hi |okay )*(?:is|are) there (?:a|an|any|some\w*) \b"
    r"|\bis it (?:safe|okay|ok|bad) to\b|\bshould i (?:be|get|keep|drive|worry|wait)\b"
    r"|\b(?:what|which) (?:oil|tires|brand|parts)\b|\bwhat do you recommend\b|\bloaners?\b"
    r"|\bshuttle\b|\bquick question\b|\bi (?:have|had|got) a (?:\w+ )?question\b"
    r"|\b(?:cu[aá]nto cuesta|horario|abiertos?|d[oó]nde est[aá]n|direcci[oó]n)\b"
)
"""Asks for something the shop can simply say."""
FAREWELL = re.compile(
    r"\b(?:good ?)?bye(?: ?bye)?\b|\b(?:talk|speak) to you (?:later|soon|then|tomorrow)\b"
    r"|\bsee you(?: [\w']+)?$|\bgotta go\b"
    r"|\b(?:have|got|need) to (?:go|run|hang up)\b(?! (?:to|with|in|back|over|by|pick))"
    r"|\bhang(?:ing)? up\b"
    r"|\bi'?(?:ll| will) (?:just )?call (?:you )?(?:back|again|later|tomorrow)\b"
    r"|\b(?:let me|can i|i'll have to) call (?:you |y'all )?back\b|\btake care\b"
    r"|\bhave a (?:good|great|nice|wonderful|blessed|lovely)\b|\badi[oó]s\b|\bhasta luego\b"
)
"""Ends the call whatever was asked."""

NOTHING_MORE = re.compile(
    r"\b(?:that's|that is|thats|that'll be|that will be|that was|that should be|that'd be) (?:all"
    r"|it|everything|about it)\b|\bthat(?:'ll| will|'d| would| does| should)? do(?: it)?\b"
    r"|\bnothing (?:else|more|further)\b|\ball set\b|\bi'?(?:m| am) (?:good|done|fine|okay)\b"
    r"|\bwe'?(?:re| are) (?:good|done|all good)\b|\bno,? (?:thank you|thanks|thank you very much)$"
    r"|^no (?:thanks|thank you)\b|\beso es todo\b|\bnada m[aá]s\b"
)
"""Wants nothing more; the end of a call only where more was offered."""
