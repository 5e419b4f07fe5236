"""Word families shared by the rules: pieces of patterns, each one group."""

CAR = (
    r"(?:car|truck|van|suv|vehicle|minivan|jeep|pickup|civic|accord|camry|corolla|tacoma|honda"
    r"|toyota|ford|chevy|nissan|subaru|hyundai|kia|bmw|audi|dodge|ram|mazda|tesla|volvo|lexus|one)"
)
STAFF = (
    r"(?:person|people|human(?: being)?|managers?|supervisor|owner|boss|advis[oe]r|agent"
    r"|representative|rep|operator|receptionist|mechanic|technician|tech|service (?:writer"
    r"|department|desk|advis[oe]r)|front desk|staff(?: member)?|team member|employee"
    r"|customer (?:service|support|care)|live (?:one|body))"
)
APPOINTMENT = r"(?:appointment|appointments|appt|booking|reservation|visit)"
SERVICE = (
    r"(?:oil(?: and filter)? change|(?:t[iy]re )?rotation|tires? (?:rotated|changed|replaced"
    r"|balanced)|new tires?|tires?|brakes?(?: (?:pads?|job|service|inspection|check))?|brake pads"
    r"|inspection|tune ?up|alignment|check ?up|diagnos\w+|maintenance|service|repairs?|battery"
    r"|wipers?|transmission|coolant flush|flush|spark plugs?|filters?|timing belt"
    r"|emissions?(?: test)?|smog(?: check)?|state inspection|a ?c|air conditioning|headlights?"
    r"|bulb|oil changed|starter|alternator|muffler|exhaust|suspension|shocks|struts|radiator"
    r"|clutch|work done)"
)
PART = (
    r"(?:brakes?|engine|transmission|steering|clutch|a ?c|air condition\w*|heat(?:er)?|battery"
    r"|alternator|starter|tires?|wheels?|exhaust|muffler|suspension|shocks?|struts?|car|truck|van"
    r"|suv|vehicle|it|radiator|belt|axle|windows?|doors?|headlights?|lights?|gears?|motor|pedal"
    r"|horn|wipers?|civic|accord|camry|tacoma|honda|ford|toyota)"
)
SYMPTOM = (
    r"(?:problems?|issues?|troubles?|nois\w+|grind\w*|squeak\w*|squeal\w*|leak\w*|vibrat\w*"
    r"|shak\w*|pull(?:s|ing)|rattl\w*|click\w*|clunk\w*|knock\w*|stall\w*|slip\w*|jerk\w*"
    r"|hesitat\w*|rough\w*|misfir\w*|whin\w+|humming|hiss\w*|thump\w*|not working|doesn't work"
    r"|don't work|isn't working|stopped working|act(?:s|ing) (?:up|weird|funny)|weird|funny"
    r"|strange|sounds? (?:bad|off|awful|terrible|like)|broken?|broke|cracked|flat|low|worn|bad"
    r"|bald|dim|dead|quit\w*|stopped|(?:is|are|went|going|burned) out|failing|needs?"
    r"|blow\w* (?:hot|cold|warm)|dies|makes? (?:a|an|this|that|some)|making|won't (?:go|lock|roll"
    r"|open|close|work|turn)|burnt out|due)"
)
