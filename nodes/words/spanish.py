"""Spanish: is it spoken, and is anybody in danger?

Recognisers write accents or leave them out, so every family takes both. A name or a street
("Maria de la Cruz, on El Camino Real in San Jose") is no Spanish: there must be a word that stands
in no American name, and others beside it.
"""

import re

_OWN = (
    r"(?:necesit\w+|quiero|quisiera|quer[ií]a|queremos|tengo|tenemos|tiene|puedo|puede[ns]?|podr[ií]a"
    r"|hablo|habla[ns]?|hablar|entiendo|busco|llamo|h[aá]gan?|hacer|hace|est[aá]n?|estoy|hay|arranca"
    r"|prende|cancelar|cambiar|mover|arreglar|revisar|reparar|cita|aceite|frenos?|llantas?|humo"
    r"|fuego|incendio|herid[oa]s?|gr[uú]a|carro|coche|camioneta|ayuda|ay[uú]d\w+|gracias|favor"
    r"|buen[oa]s (?:d[ií]as|tardes|noches)|buenas|cu[aá]nto|cu[aá]ndo|d[oó]nde|qui[eé]n|c[oó]mo"
    r"|espa[nñ]ol|ingl[eé]s|me llamo|alguien|se[nñ]or(?:a|ita)?|due[nñ]o|gerente|mi espos[oa]"
    r"|mi hij[oa]|chocamos|chocaron|accidente|equivocado|n[uú]mero|perd[oó]n|abren|cierran"
    r"|ma[nñ]ana|emergencia|ambulancia|motor est[aá]|gasolina|huele|sale|hola|autopista|carretera"
    r"|sangr\w+|respirar|listo)"
)
_COMMON = (
    r"(?:el|la|los|las|un|una|uno|de|del|al|en|por|para|con|sin|es|son|y|o|pero|que|qu[eé]|si|s[ií]"
    r"|no|mi|mis|su|sus|me|se|le|lo|nos|yo|usted|ustedes|ya|muy|mucho|mucha|m[aá]s|otro|otra|otros"
    r"|hoy|lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bado|domingo|d[ií]a|d[ií]as|hora|tarde"
    r"|cambio|servicio|persona|personas|motor|calle|medio|parado|ese|esa|este|esta|eso|todo|bien"
    r"|ahora|mismo|aqu[ií]|all[ií]|quemando|quema|pecho|esposo|esposa|hijo|hija|cuesta|sobre)"
)
_OWN_WORD = re.compile(rf"\b{_OWN}\b")
_WORD = re.compile(rf"\b(?:{_OWN}|{_COMMON})\b")
_COURTESY = re.compile(
    r"\b(?:hola|gracias|adi[oó]s|por favor|buen[oa]s (?:d[ií]as|tardes|noches)|buenas|se[nñ]or"
    r"|ma[nñ]ana)\b"
)
_GREETS = re.compile(r"^(?:hola )?(?:muy )?buen[oa]s (?:d[ií]as|tardes|noches)\b")
_SPEAKS = re.compile(r"\b(?:necesito|quiero|quisiera|tengo|hay|puedo|hablo|estoy|no entiendo)\b")
_ASKS_FOR_IT = re.compile(
    r"\b(?:speaks?|speaking|in|talk|someone|anyone|know|prefer)(?: \w+){0,2} spanish\b"
    r"|^spanish(?: please)?$|\bespa[nñ]ol\b|\bspanish (?:speaker|speaking|please)\b"
)

PEOPLE = re.compile(
    r"\bherid[oa]s?\b|\bambulancia\b|\bemergencia\b|\bsangr(?:a|e|ando|andole)\b|\binconsciente\b"
    r"|\bdesmay\w+|\batrapad[oa]s?\b|(?<!llaves )\bencerrad[oa]s?\b"
    r"|\batropell\w+|\bno (?:puedo|puede|pueden) respirar\b"
    r"|\b(?:dolor (?:de|en el)|me duele(?: mucho)? el) pecho\b|\bse (?:muri[oó]|est[aá] muriendo)\b"
    r"|\b(?:en medio de|(?:parad|varad|atascad|atorad)[oa]s? en)(?: \w+){0,2} (?:autopista"
    r"|carretera|calle|avenida|freeway|highway|interestatal|tr[aá]fico|puente|v[ií]as?)\b"
    r"|\b(?:autopista|carretera|freeway|puente) (?:\w+ )?(?:parad|varad|atascad|atorad)[oa]s?\b"
)
"""People in danger, or a car standing in traffic."""

FIRE = re.compile(
    r"\b(?:incendi(?:o|[oó]|a|ando|aron)|fuego|en llamas|ardiendo|explot(?:[oó]|a|ando))\b"
    r"|\b(?:se|me) (?:\w+ )?(?:quema(?:ndo)?|quem[oó]|prendi[oó])\b(?! (?:el )?aceite)"
)

CAR = re.compile(
    r"\bhumo\b|\bgasolina\b|\bsobre ?calent\w+|\bse (?:est[aá] )?calent\w+|\bcalienta mucho\b"
    r"|\bsin frenos\b|\bno frena\b|\bbolsas? de aire\b"
    r"|\bno (?:tiene|tengo|hay|sirven|funcionan|agarran|jalan|responden)(?: \w+){0,2} frenos\b"
    r"|\b(?:frenos?|brakes?) (?:\w+ ){0,4}no (?:sirven?|funcionan?|agarran?|responden?|jalan?"
    r"|frenan?)\b"
    r"|\b(?:acab(?:o|amos) de chocar|chocamos|(?:me|nos) chocaron|choqu[eé])\b"
    r"|\b(?:tuve|tuvimos|hubo) un (?:accidente|choque)\b|\bllanta (?:\w+ )?revent\w+"
    r"|\b(?:volante|direcci[oó]n) (?:\w+ )?(?:trab\w+|no (?:gira|responde|funciona))\b"
)
"""A car that must not be driven."""
_MOST_OF_A_GREETING = 4


def speaks_spanish(said: str) -> bool:
    """Whether a caller speaks Spanish or asks for it, from the words of `plain`.

    A courtesy alone ("gracias", "hola") is said in English calls too.
    """
    if any(family.search(said) for family in (_ASKS_FOR_IT, PEOPLE, FIRE, CAR)):
        return True
    words = len(said.split())
    own = set(_OWN_WORD.findall(_COURTESY.sub(" ", said)))
    if not own:
        return bool(_GREETS.match(said)) and words <= _MOST_OF_A_GREETING
    if _SPEAKS.search(said) and len(own) > 1:
        return True
    return sum(len(found.split()) for found in _WORD.findall(said)) * 2 >= words
