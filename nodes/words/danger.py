"""Is anyone or any car in danger? Word families of the stop-driving list, nothing else.

The list: brakes without effect, steering loss, fuel smell or leak, smoke, fire, engine in the red,
red brake or oil light, loose or wobbling wheel, tyre about to burst, airbag after a crash, hot
battery. Injury, fire and standing in traffic are an emergency: only 911 helps. Erring towards
danger costs one question; erring away from it may cost a life.
"""

import re
from dataclasses import dataclass

from nodes.words import spanish

_CAR = r"(?:car|truck|van|suv|vehicle|it|minivan|jeep|pickup|engine|motor)"
_WHO = (
    r"(?:i'm|i am|i|we're|we|we are|he|he's|she|she's|they|they're|someone(?: is|'s)?"
    r"|somebody(?: is|'s)?|people|kids?|son|daughter|wife|husband|mom|mother|dad|father|baby|child"
    r"|passengers?|driver|friend|everyone|everybody|people are)"
)

_NOT_SO = re.compile(
    r"\b(?:no|not|isn't|aren't|wasn't|without(?: any)?|never|nobody(?:'s| is| was| got)?"
    r"|no one(?:'s| is| was| got)?|none of us (?:is|are|was|got)|don't (?:see|smell|think there's"
    r"|have) any|there(?:'s| is) no)(?: (?:any|a|an|really|even|currently))? (?:smoke|smoking"
    r"|steam|fire|flames|on fire|injur\w+|hurt|bleeding|overheating|emergency|(?:gas"
    r"|fuel) (?:smell|leak)|leaking (?:gas|fuel)|stuck in traffic|in danger)(?: or (?:smoke|fire"
    r"|flames|anything|injuries|hurt|bleeding|fuel|gas))?\b"
)
_INNOCENT = re.compile(
    r"(?<!call the )(?<!called the )\bfire department\b|\bfire ?(?:fighters?|house|chief)\b|"
    r"\bfire (?:up|it up|extinguishers?|trucks?|stations?|engine red|street"
    r"|road|lane)|\b(?:won't|doesn't|didn't|cylinders?|plugs?|spark|misses) fires?\b"
    r"|\bfires? (?:up|right up)\b|\bsmoke (?:tests?|shop|detector|gr[ae]y|tint|tree)"
    r"|\bnon smoking\b|\bi (?:don't )?smoke\b"
    r"|\bemergency (?:brakes?|kit|contacts?|lights?|flashers?|fund)\b|\bparking brake\b"
    r"|\bgas (?:mileage|cap|station|money|card|gauge|tank is (?:full|empty))\b"
    r"|\b(?:personal )?injury (?:law\w*|attorney|claims?)\b|\binjured reserve\b"
    r"|\b(?:porsche|nine eleven|carrera|turbo)(?: [\w']+)? 911\b"
    r"|\b911 (?:carrera|turbo|porsche|gt)\b|\b(?:oil|coolant|maintenance) change light\b"
    r"|\bbrake lights? (?:bulbs?|is out|are out|out|went out)\b"
    r"|\bwheel (?:covers?|caps?|wells?|bearing sale)\b|\bsteering wheel (?:covers?|locks?$)"
    r"|\b(?:hurts?|hurting) (?:the|my (?:car|engine|wallet|ears?)|to|anything|it)\b"
    r"|\bit (?:won't|doesn't) hurt\b"
)

_PEOPLE = re.compile(
    r"\binjur(?:ed|y|ies)\b"
    rf"|\b(?:{_WHO}|is|are|was|were|got|my (?:head|neck|back|leg|arm"
    r"|chest))(?: [\w']+){0,2} hurt\b"
    r"|\bmy (?:head|neck|back|leg|arm|chest|knee|wrist|shoulder) (?:really |is )?hurt(?:s|ing)?\b"
    r"|\bhurt (?:bad\w*|myself|himself|herself|themselves|someone|somebody|my (?:head|neck|back"
    r"|leg|arm|chest|wrist))\b|\bbleeding\b|\bunconscious\b|\bpassed out\b"
    r"|\b(?:can't|not|isn't) breath\w*|\btrapped\b|\bambulance\b|\bparamedics?\b|\bheart attack\b"
    r"|\bchest pains?\b|\bdying\b(?= (?:in here|person))"
    r"|\bhit (?:a (?:person|pedestrian|kid|cyclist|child|man|woman)|someone|somebody)\b"
    r"|\b(?:broke|broken) (?:(?:my|his|her|an?) )?(?:leg|arm|neck|wrist|rib|nose|ankle)\b"
    r"|\b(?:baby|child|kid|toddler|son|daughter|dog)\b(?: [\w']+){0,3} (?:locked|stuck"
    r"|trapped)\b"
    r"|\b(?:locked|stuck|trapped)\b(?: [\w']+){0,4} (?:with )?(?:the |my |a )?(?:baby|child"
    r"|kids?|toddler|dog)(?: [\w']+){0,2} (?:inside|in (?:it|the (?:car|truck)|there))\b"
    r"|\bkill(?:ing)? myself\b|\bsuicid\w+"
    r"|\b(?:nine one one|(?<![\d-])(?<!\d )911)\b(?! ?\d)(?! (?:one|two|three|four|five|six|seven"
    r"|eight|nine|zero))"
    r"|\b(?:it's|its|is|this is|have|got|it is) (?:an |a |kind of an |a real )?emergency\b"
    r"|^emergency\b|\bmedical emergency\b"
    r"|\b(?:can't|cannot) (?:feel|move) my (?:legs?|arms?|neck|back|feet)\b|\bpinned\b|\bcrushed\b"
    r"|\bknocked out\b|\bunresponsive\b|\bseizures?\b|\bhaving a stroke\b|\bin labor\b|\bchoking\b"
    r"|\bdrowning\b|\bunder ?water\b|\b(?:car|truck|van|it) is sinking\b"
)
_FIRE = re.compile(
    r"\bfire\b"
    r"|\b(?:car|truck|van|engine|hood|it|motor)(?:'s| is) burning\b(?! (?:oil|gas|fuel|coolant"
    r"|through|rubber|smell|when))|\bflames?\b|\bburning up\b|\bin flames\b"
    r"|\bexplo(?:de[ds]?|ding|sion)\b"
    r"|\b(?:blew|blow(?:s|n|ing)?) up\b(?= (?:in|on|right|while))"
)
_ROADWAY = (
    r"(?:traffic|highway|freeway|interstate|expressway|turnpike|bridge|intersection|train tracks?"
    r"|railroad|tracks|lanes?|tunnel|overpass|motorway|beltway|on ramp|off ramp|ramp|i ?-?\d{1,3}"
    r"|i (?:ten|five|\w+teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)|route \d+"
    r"|roadway)"
)
_STRANDED = re.compile(
    r"\b(?:stuck|stranded|stalled|stopped|stops|died|dead|quit|broke down|broken down|disabled"
    r"|stalling|sitting|shut off|conked out|standing|won't (?:start|move)|not moving|can't move"
    rf"|lost power)\b(?: [\w']+){{0,7}} {_ROADWAY}\b"
    rf"|\b{_ROADWAY}\b(?: [\w']+){{0,6}} (?:stuck|stalled|died|dead|broke down|won't (?:start|move)"
    r"|can't move|not moving|quit)\b"
)
_IN_THE_WAY = re.compile(
    r"\bblocking (?:\w+ )?(?:traffic|lanes?|road|street|intersection|cars)\b"
    r"|\b(?:in )?the middle of (?:the |a |an )?(?:\w+ )?(?:road|street|highway|freeway"
    r"|intersection|traffic|interstate|lane|bridge|avenue)\b"
    r"|\bcars (?:are )?(?:flying|speeding|swerving|honking|going around|passing me|driving around"
    r"|zooming|whizzing)\b|\btrain (?:is )?coming\b"
)
_OFF_THE_ROAD = re.compile(
    r"\b(?:shoulder|side of (?:the|a)|pulled over|safe (?:place|spot)|parking lot|gas station"
    r"|driveway|boat ramp|rest (?:area|stop)|garage|off the (?:highway|road|freeway|interstate)"
    r"|exit)\b"
)
_EARLIER = re.compile(
    r"\b(?:yesterday|last (?:night|week|month|year|time|\w+day)|the other day|earlier|ago"
    r"|sometimes|once|every time|whenever|when(?:ever)? (?:i'm|i am|i|you)|twice|this morning"
    r"|occasionally|on my way)\b"
)
_LATE = re.compile(
    r"\b(?:late|running behind|be there|on my way|my appointment|make it|minutes away|eta"
    r"|delayed)\b"
)
_CAR_TROUBLE = re.compile(
    r"\b(?:died|dead|won't|stalled|broke|broken|quit|smok\w+|shut off|tow|can't move|not moving)\b"
)

_BRAKES = re.compile(
    r"\bno brakes\b|\b(?:lost|losing|loss of)(?: [\w']+){0,2} (?:brak\w+)\b"
    r"|\bpedal\b(?: [\w']+){0,7} (?:floor\w*|soft|spongy|mushy|sink\w*|sank|nothing|no pressure"
    r"|no resistance|all the way)\b"
    r"|\b(?:soft|spongy|mushy|squishy)(?: [\w']+){0,2} (?:brakes?|pedal)\b"
    r"|\bbrakes?\b(?: [\w']+){0,7} (?:floor|spongy|mushy|squishy|to the metal no)\b"
    r"|\bbrakes?(?: [\w']+){0,3} (?:failed|failing|fail|gone|went out|gave out|give out|giving out"
    r"|quit|stopped working|don't work|not work\w*|aren't working|isn't working|doesn't work"
    r"|do nothing|don't (?:hold|stop|respond|grab|catch|do anything)|won't (?:stop|work|hold"
    r"|respond|engage)|barely|hardly|are out|is out|cut out|locked up)\b"
    r"|\bbrakes?(?: [\w']+){0,7} (?:just )?(?:went out|gave out|failed)\b"
    r"|\b(?:press|hit|push|step|stomp|slam|pump)\w*(?: [\w']+){0,3} (?:brakes?"
    r"|pedal)(?: [\w']+){0,5} nothing\b|\bpump(?:ing)? (?:the |my )?(?:brakes?|pedal)\b"
    r"|\bfoot\b(?: [\w']+){0,6} floor\b"
    r"|\b(?:brakes?|pedal)\b(?: [\w']+){0,6} (?:straight down|all the way down|to the bottom"
    r"|to the mat)\b"
    r"|\b(?:brakes?|pedal)(?: are| is| feels?| feel| got| went| going| seems?| gets?"
    r"| getting)+(?: [\w']+){0,2} (?:soft|weak|gone|out)\b"
    r"|\b(?:no|little|losing|lost|any|much)(?: [\w']+)? (?:stopping|braking) power\b"
)
_WONT_STOP = re.compile(
    r"\b(?:won't|wont|will not|wouldn't|doesn't|does not|don't|do not|didn't|can't|cannot"
    r"|could not|couldn't|aren't|isn't|barely|hardly|trouble|hard time|hard to|not|struggles? to"
    r"|takes? (?:\w+ ){0,4}to)(?: [\w']+){0,2} (?:stop|stopping|slow|slowing|brake"
    r"|braking)\b(?! (?:\w+ing\b|it from|the (?:noise|leak|sound)|by\b|at the shop|and\b|thinking"
    r"|in\b|over\b|bothering|light))"
)
_NOISE_WONT_STOP = re.compile(
    r"\b(?:noise|sound|light|alarm|beep\w*|horn|leak\w*|wipers?|squeal\w*|squeak\w*|clicking"
    r"|rattl\w*|radio|music|fan|calling|calls)\b(?: [\w']+){0,4} (?:won't|doesn't|does not"
    r"|will not|never|don't)(?: [\w']+)? stop"
)
_STEERING = re.compile(
    r"\b(?:no|lost|losing|loss of)(?: [\w']+){0,2} steering\b"
    r"|\bsteering(?: wheel)?(?: [\w']+){0,4} (?:locked|locks|locking|stuck|seized|stiff|failed"
    r"|failing|gone|gave out|went out|quit|loose|won't turn|doesn't turn|not turning|hard to turn"
    r"|not responding|doesn't respond|stopped working|not working|doesn't work)\b"
    r"|\b(?:can't|cannot|hard to|won't|barely|couldn't|can hardly|can barely) steer\b"
    r"|\b(?:can't|hard to|barely|won't)(?: [\w']+){0,2} turn (?:the |my )?(?:steering )?wheel\b"
    r"|\bwheel\b(?: [\w']+){0,2} locked up\b"
    r"|\bsteering(?: wheel)?(?: [\w']+){0,3} (?:died|dead|broke|broken|out|jammed|heavy)\b"
)
_FUEL = re.compile(
    r"\b(?:gas|fuel|gasoline|petrol|diesel)\b(?: [\w']+){0,4} (?:smell\w*|leak\w*|drip\w*|odou?r"
    r"|fumes?|pouring|reek\w*|puddle|stink\w*|spill\w*)\b"
    r"|\b(?:smell\w*|leak\w*|drip\w*|odou?r|fumes?|reek\w*|stinks?|puddle)(?: [\w']+){0,5} (?:gas"
    r"|gasoline|fuel|petrol|diesel)\b"
    r"|\b(?:gas|fuel|gasoline|petrol) (?:is )?(?:coming|running|all over|everywhere"
    r"|on the (?:ground|floor|driveway))\b"
)
_SMOKE = re.compile(
    r"\bsmok(?:e|ing|es|ed|y)\b|\bsteam(?:ing)?\b(?! clean)"
    r"|\b(?:smell\w*|odou?r)(?: [\w']+){0,5} burn(?:ing|t|ed)\b"
    r"|\bburn(?:ing|t)(?: [\w']+){0,3} (?:smell|odou?r)\b|\bsomething(?:'s| is) burning\b"
    r"|\bmelt(?:ing|ed)\b"
)
_HEAT = re.compile(
    r"\bover ?heat\w*\b|\bover heat(?:ed|ing|s)?\b|\brunning (?:really |very |too |way too )?hot\b"
    r"|\bboil(?:ing|ed|s) over\b|\bin(?:to)? the red\b"
    r"|\b(?:temp|temperature|heat) (?:gauge|light|needle|warning|is|was|went|keeps"
    r"|shot)(?: [\w']+){0,6} (?:red|hot|h|pegged|maxed|high|up|on|rising|climbing)\b"
    r"|\bengine(?: [\w']+){0,3} (?:too |very |really |super )?hot\b"
    r"|\b(?:gauge|needle)\b(?: [\w']+){0,5} (?:red|hot|pegged|maxed)\b"
)
_LIGHTS = re.compile(
    r"\bred (?:\w+ )?(?:brake|oil|warning|temperature|battery)(?: [\w']+){0,2} lights?\b"
    r"|\b(?:red|brake|oil)(?: pressure| warning| system)+ (?:warning )?light\b"
    r"|\b(?:brake|oil) light\b(?: [\w']+){0,5} (?:red|dash\w*|on|flash\w*|lit|blinking)\b"
    r"|\b(?:oil|brake) light (?:came|just came|popped|won't go)\b"
    r"|\b(?:low|no|lost|losing|zero) oil pressure\b"
    r"|\boil pressure\b(?: [\w']+){0,4} (?:low|zero|dropp\w*|gone|nothing|red)\b"
    r"|\bred\b(?: [\w']+){0,3} (?:lights?|symbol|warning)\b(?=.*\b(?:dash\w*|brakes?|oil"
    r"|exclamation|came on|warning|cluster)\b)"
    r"|\b(?:dash\w*|light|symbol|display|warning|screen)\b(?: [\w']+){0,6} says? (?:brakes?|stop"
    r"|oil pressure|pull over)\b|\bstop (?:engine|driving|safely) (?:light|warning|message)\b"
    r"|\boil pressure (?:warning|light|alert|message)\b"
)
_WHEELS = re.compile(
    r"\b(?:wheels?|tires?|tyres?)\b(?: [\w']+){0,5} (?:wobbl\w*|loose|fell off|fall(?:ing)? off"
    r"|coming off|come off|came off|falling out)\b"
    r"|\bwobbl\w*(?: [\w']+){0,5} (?:wheels?|tires?|front end)\b|\bloose (?:lug|wheel|tire)\w*"
    r"|\blug ?(?:nuts?|bolts?|s)?\b(?: [\w']+){0,5} (?:loose|missing|broke\w*|sheared|snapped|fell"
    r"|gone|came off|off)\b"
    r"|\b(?:missing|lost|losing|broke\w*|snapped)(?: [\w']+){0,4} lug(?: ?nuts?)?s?\b"
    r"|\b(?:death )?wobble\b"
)
_TIRES = re.compile(
    r"\b(?:tires?|tyres?|sidewalls?)\b(?: [\w']+){0,6} (?:bulg\w*|bubbl\w*|cords?|blew|blown|burst"
    r"|exploded|shredded|steel|wires?|belts?|split)\b"
    r"|\b(?:bulg\w*|bubbles?|cords?|wires?|belts|steel)(?: [\w']+){0,6} (?:tires?|tyres?"
    r"|sidewalls?)\b|\bblow ?out\b|\bblew (?:out )?(?:a|my|the) (?:\w+ )?tire\b"
)
_OTHER = re.compile(
    r"\bair ?bags?\b(?: [\w']+){0,4} (?:deployed|went off|came out|popped)\b"
    r"|\bair ?bag light\b(?=.*\b(?:crash|accident|wreck|hit)\b)"
    r"|\b(?:crash|accident|wreck|hit)\b.*\bair ?bag light\b"
    r"|\bjust (?:had|got in|got into|been in|was in)(?: [\w']+){0,3} (?:accident|crash|wreck"
    r"|collision)\b|\bjust (?:crashed|wrecked|got (?:hit|rear ended|t boned))\b"
    r"|\bbattery\b(?: [\w']+){0,5} (?:hot|swollen|swelling|hissing|melting|bulging|overheating)\b"
    r"|\b(?:ev|hybrid|high voltage|traction|electric"
    r"|tesla)\b(?: [\w']+){0,4} battery(?: [\w']+){0,5} (?:warning|light|heat|alert|message"
    r"|error)\b"
    r"|\b(?:gas|accelerator|throttle)(?: pedal)?(?: [\w']+){0,3} (?:stuck|sticks|sticking"
    r"|jammed)\b|\baccelerat\w+ (?:by itself|on its own)\b"
    r"|\b(?:we|i|she|he|they)(?: have| just|'ve)? (?:crashed|wrecked)\b"
    r"|\b(?:bad|terrible|serious|horrible) (?:accident|crash|wreck)\b"
    r"|\b(?:flipped|rolled) (?:my|the|our|it|over)\b"
    r"|\b(?:was|been|got|were) (?:just )?(?:t boned|rear ended|run off the road)\b|\bbeen hit\b"
    r"|\bunintended acceleration\b|\bwon't stop accelerating\b"
)
_STOP_NOW = (
    _BRAKES, _STEERING, _FUEL, _SMOKE, _HEAT, _LIGHTS, _WHEELS, _TIRES, _OTHER, spanish.CAR,
)  # fmt: skip
_HELP = (_PEOPLE, _FIRE, spanish.PEOPLE, spanish.FIRE)
_BRAKING = re.compile(rf"\b(?:brak\w*|pedal|grind\w*|{_CAR}|they)\b")


@dataclass(frozen=True, slots=True)
class Danger:
    """What was heard. `emergency` means people: injury, fire, a car standing in traffic."""

    car: bool
    emergency: bool


def danger(said: str) -> Danger:
    """Look for danger in `shop.words.numerals.plain` words."""
    said = re.sub(r"(?<=[a-z])'s\b", " is", said)
    said = _INNOCENT.sub(" # ", _NOT_SO.sub(" # ", said))
    emergency = any(family.search(said) for family in _HELP) or _in_traffic(said)
    car = emergency or any(family.search(said) for family in _STOP_NOW) or _cannot_stop(said)
    return Danger(car=car, emergency=emergency)


def _in_traffic(said: str) -> bool:
    if _LATE.search(said) and not _CAR_TROUBLE.search(said):
        return False
    if _EARLIER.search(said):
        return bool(_IN_THE_WAY.search(said)) and not re.search(r"\bago|yesterday|last\b", said)
    if _IN_THE_WAY.search(said):
        return True
    return bool(_STRANDED.search(said)) and not _OFF_THE_ROAD.search(said)


def _cannot_stop(said: str) -> bool:
    if _NOISE_WONT_STOP.search(said) or not _BRAKING.search(said):
        return False
    return bool(_WONT_STOP.search(said))
