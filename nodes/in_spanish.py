"""What is said in Spanish: danger first, that Sophie speaks none, what a caller agrees to."""

from langchain_core.messages import AIMessage

from graph.state import CallState, Proposal

NO_SPANISH = (
    "Un momento, por favor. No hablo español todavía; alguien le puede llamar en español. I only"
    " speak English so far. "
)
EMERGENCY = "Cuelgue y llame al nueve uno uno ahora mismo. Aléjese del carro y del tráfico."
WARNING = (
    "Por favor, no maneje el carro. Si alguien está herido o hay fuego, cuelgue y llame al nueve"
    " uno uno. Si no, le puedo mandar una grúa. ¿Dónde está el carro?"
)
_DIGITS = ("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve")
_READ_BACK = {
    "request_callback": (
        "Alguien del taller le llamará en español al número que termina en {number}."
    ),
    "book_tow": "Le mando una grúa, y el chofer le llamará al número que termina en {number}.",
}


def was_told(state: CallState) -> bool:
    """Whether the caller has heard already that Sophie speaks no Spanish."""
    return _has_said(state, NO_SPANISH)


def read_back(proposal: Proposal, state: CallState) -> str:
    """The recap, and after it the same in Spanish for a caller who speaks that.

    A key names what is agreed to: the kind of wish, the number, and what for.
    """
    words = _READ_BACK.get(proposal["tool"])
    if words is None or not _has_said(state, NO_SPANISH, EMERGENCY, WARNING):
        return proposal["recap"]
    number = proposal["key"].split(":")[1][-4:]
    spelled = ", ".join(_DIGITS[int(digit)] for digit in number)
    return f"{proposal['recap']} {words.format(number=spelled)} ¿Está bien?"


def _has_said(state: CallState, *lines: str) -> bool:
    said = [str(m.text) for m in state["messages"] if isinstance(m, AIMessage)]
    return any(line.strip() in text for line in lines for text in said)
