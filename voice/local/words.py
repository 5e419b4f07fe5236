"""The words a caller may use that differ from shop to shop, and sensible ones to begin with.

Names are the commonest given and family names of the United States (Social Security
Administration and Census Bureau lists), so that most callers find theirs.
"""

from dataclasses import dataclass

SERVICES = """
oil change|oil|brake inspection|brake pads|brakes|brake service|brake job|brake fluid|tire rotation
|tires|new tires|wheel alignment|alignment|tire balancing|battery|battery replacement|battery test
|diagnostics|engine diagnostics|engine diagnostic|diagnostic|check engine light|inspection
|state inspection|tune up|transmission|transmission service|transmission fluid|coolant flush
|radiator|air conditioning|a c service|a c repair|air filter|cabin filter|spark plugs|wipers
|wiper blades|headlight|exhaust|muffler|suspension|shocks|timing belt|belt|alternator|starter
|fuel filter|maintenance|multi point inspection|check up|service|repair|flat tire|tire repair
"""

MAKES = """
acura|audi|b m w|buick|cadillac|chevrolet|chevy|chrysler|dodge|fiat|ford|g m c|honda|hyundai
|infiniti|jaguar|jeep|kia|lexus|lincoln|mazda|mercedes|mini|mitsubishi|nissan|porsche|ram
|subaru|tesla|toyota|volkswagen|volvo
"""

MODELS = """
accord|altima|avalon|blazer|bronco|c r v|camaro|camry|challenger|charger|cherokee|civic|colorado
|compass|corolla|corvette|cruze|durango|edge|elantra|equinox|escalade|escape|expedition|explorer
|f one fifty|fiesta|fit|focus|forester|four runner|frontier|fusion|golf|grand cherokee|highlander
|impala|impreza|jetta|juke|legacy|leaf|malibu|maxima|model three|model y|mustang|odyssey|optima
|outback|pacifica|passat|pathfinder|patriot|pilot|prius|quest|ranger|rav four|ridgeline|rogue
|santa fe|sentra|sienna|sierra|silverado|sonata|sorento|soul|sportage|suburban|tacoma|tahoe|taurus
|terrain|tiguan|traverse|trax|tucson|tundra|versa|wrangler|yukon
"""

STREETS = """
adams street|cedar street|cherry street|church street|college street|elm street|first street
|fourth street|grand avenue|highland avenue|hill street|jackson street|jefferson street|lake street
|lincoln avenue|madison street|main street|maple avenue|maple street|market street|monroe street
|oak avenue|oak street|park avenue|park street|pine street|river road|second street|spring street
|spruce street|state street|third street|walnut street|washington street|wabash avenue
"""

FIRST_NAMES = """
aaron|abigail|adam|alan|albert|alexander|alexis|alice|amanda|amber|amy|andrea|andrew|angela|ann|anna
|anthony|arthur|ashley|austin|barbara|benjamin|betty|beverly|billy|bobby|bradley|brandon|brenda
|brian|brittany|bruce|bryan|carl|carol|carolyn|catherine|charles|charlotte|cheryl|christian
|christina|christine|christopher|cynthia|daniel|danielle|david|deborah|debra|denise|dennis|diana
|diane|donald|donna|doris|dorothy|douglas|dylan|edward|elizabeth|emily|emma|eric|ethan|eugene
|evelyn|frances|frank|gabriel|gary|george|gerald|gloria|grace|greg|gregory|hannah|harold|heather
|helen|henry|isabella|jack|jacob|jacqueline|james|jane|janet|janice|jason|jean|jeffrey|jennifer
|jeremy|jerry|jesse|jessica|jim|joan|joe|john|johnny|jonathan|jordan|jose|joseph|joshua|joyce|juan
|judith|judy|julia|julie|justin|karen|katherine|kathleen|kayla|keith|kelly|kenneth|kevin|kimberly
|kyle|larry|laura|lauren|lawrence|linda|lisa|logan|louis|lucas|madison|margaret|maria|marie|marilyn
|mark|martha|mary|matthew|megan|melissa|michael|michelle|mike|mildred|nancy|natalie|nathan|nicholas
|nicole|noah|olivia|pamela|patricia|patrick|paul|peter|philip|rachel|ralph|randy|raymond|rebecca
|richard|robert|roger|ronald|rose|roy|russell|ruth|ryan|samantha|samuel|sandra|sara|sarah|scott
|sean|sharon|shirley|sophia|stephanie|stephen|steve|steven|susan|tammy|teresa|terry|theresa|thomas
|timothy|tom|tyler|victoria|vincent|virginia|walter|wayne|william|willie|zachary
"""

LAST_NAMES = """
adams|alexander|allen|alvarez|anderson|bailey|baker|barnes|bell|bennett|brooks|brown|bryant|burns
|butler|campbell|carter|castillo|castro|chavez|clark|cole|coleman|collins|cook|cooper|cox|crawford
|cruz|daniels|davis|diaz|edwards|ellis|evans|fisher|flores|ford|foster|freeman|garcia|gibson|gomez
|gonzalez|gordon|graham|grant|gray|green|griffin|gutierrez|hall|hamilton|harris|harrison|hayes
|henderson|henry|hernandez|hicks|hill|holmes|howard|hughes|hunter|jackson|james|jenkins|jimenez
|johnson|jones|jordan|kelly|kennedy|kim|king|lee|lewis|long|lopez|marshall|martin|martinez|mason
|mcdonald|mendoza|miller|mitchell|moore|morales|moreno|morgan|morris|murphy|murray|myers|nelson
|nguyen|novak|ortiz|owens|palmer|parker|patel|patterson|perez|perry|peterson|phillips|porter|powell
|price|ramirez|ramos|reed|reyes|reynolds|rice|richardson|rivera|roberts|robertson|robinson|rodriguez
|rogers|romero|ross|ruiz|russell|sanchez|sanders|schmidt|scott|shaw|simmons|simpson|smith|snyder
|stephens|stevens|stewart|stone|sullivan|taylor|thomas|thompson|torres|tran|tucker|turner|vargas
|vasquez|walker|wallace|ward|warren|washington|watson|weaver|webb|wells|west|white|williams|wilson
|wood|woods|wright|young
"""


@dataclass(frozen=True, slots=True)
class ShopWords:
    """Plain lower-case words, as spoken: "f one fifty", "b m w", "elm street"."""

    services: tuple[str, ...]
    makes: tuple[str, ...]
    models: tuple[str, ...]
    streets: tuple[str, ...]
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]


def common_words() -> ShopWords:
    """Words that suit most repair shops in the United States."""
    return ShopWords(
        services=_listed(SERVICES),
        makes=_listed(MAKES),
        models=_listed(MODELS),
        streets=_listed(STREETS),
        first_names=_listed(FIRST_NAMES),
        last_names=_listed(LAST_NAMES),
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(" ".join(item.split()) for item in text.split("|"))
