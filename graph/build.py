"""The conversation as a state graph: nodes and edges, no saver, nothing opened."""

from dataclasses import dataclass, field
from functools import partial

from langchain_core.language_models import BaseChatModel
from langgraph.graph import END, START, StateGraph

from graph.context import CallContext
from graph.history import trim_history
from graph.models.chain import VOICE_BUDGET_S, ModelChain
from graph.models.link import Link, whole
from graph.models.meter import Meter
from graph.models.profiles import RULEBOOK, profile_of
from graph.models.tokens import ROUGH, counter
from graph.routes import after_intent, after_start, after_talk, after_tools
from graph.state import CallState
from nodes.act import ActNode
from nodes.close import CloseNode
from nodes.escalate import EscalateNode
from nodes.identify import IdentifyNode
from nodes.intent import IntentNode
from nodes.recap import RecapNode
from nodes.talk import Models, Speaker, TalkNode
from nodes.triage import TriageNode
from nodes.variants import Variants, variants
from shop.desk import Desk
from tools.registry import TOOL_SCHEMAS

HISTORY_TOKENS = 6000
"""Of the conversation itself, beside the instructions: some forty turns with their tools."""

TALKING = ["answer", "booking", "modify", "verify", "triage", "escalate"]


@dataclass(frozen=True, slots=True)
class Resources:
    """The live things a conversation uses; opened and closed by whoever builds the graph.

    Attributes:
        model: Any LangChain chat model that can call tools.
        desk: The shop.
        can_transfer: Whether a live call can be handed to a person.
        first_token_s: How long a model may take to begin, in seconds.
        stall_s: How long it may pause after that, in seconds.
        standbys: Models that are asked, in this order, when the first does not answer.
        simple: A cheaper model, asked first on turns on which nothing hangs.
        budget_s: How long all models together may take to begin; never less than `first_token_s`.
        history_tokens: How much of a long call a request holds; older turns become a summary.
        meter: Counts what vendors' models take.
        variants: The arms that calls may belong to.
    """

    model: BaseChatModel
    desk: Desk
    can_transfer: bool = False
    first_token_s: float = 8.0
    stall_s: float = 3.0
    standbys: tuple[BaseChatModel, ...] = ()
    simple: BaseChatModel | None = None
    budget_s: float = VOICE_BUDGET_S
    history_tokens: int = HISTORY_TOKENS
    meter: Meter | None = None
    variants: Variants = field(default_factory=variants)

    @property
    def models(self) -> ModelChain:
        """All models, in the order they are asked."""
        links = tuple(self.link(model) for model in (self.model, *self.standbys))
        return ModelChain(links, max(self.budget_s, self.first_token_s), self.meter)

    def link(self, model: BaseChatModel) -> Link:
        """A model as part of a chain."""
        name = _name(model)
        local = profile_of(name) is RULEBOOK
        # The rulebook finds what callers said in the conversation itself, at no cost.
        fit = whole if local else partial(trim_history, most_tokens=self.history_tokens)
        count = ROUGH if local else counter(profile_of(name).encoding)
        return Link(name, model, self.first_token_s, self.stall_s, local, count, fit)


def _speaker(resources: Resources) -> Speaker:
    """Who speaks. What is known of a model holds for everybody who asks it, so each is one link."""
    chain, simple = resources.models, None
    if resources.simple is not None:
        simple = chain.led_by(resources.link(resources.simple))

    def told(**options: float) -> Models:
        return Models(
            chain.bind_tools(TOOL_SCHEMAS, **options),
            chain.bind_tools(TOOL_SCHEMAS, tool_choice="none", **options),
            simple.bind_tools(TOOL_SCHEMAS, **options) if simple is not None else None,
        )

    arms = resources.variants.arms.values()
    warmed = {a.name: told(temperature=a.temperature) for a in arms if a.temperature is not None}
    return Speaker(told(), resources.desk, resources.variants, warmed)


def _name(model: BaseChatModel) -> str:
    return str(getattr(model, "model_name", None) or type(model).__name__)


def build_graph(resources: Resources) -> StateGraph[CallState, CallContext, CallState, CallState]:
    """Sophie's conversation, uncompiled: whoever owns a checkpointer compiles it.

    ::

        START → identify → intent ─┬→ answer booking modify verify triage escalate ⇄ tools
                                   ├→ recap ⇄ tools
                                   └→ close
    """
    desk = resources.desk
    speaker = _speaker(resources)
    graph = StateGraph(CallState, context_schema=CallContext)
    graph.add_node("identify", IdentifyNode(desk))
    graph.add_node("intent", IntentNode(desk.clock, desk.shop.zone, desk.shop.person_words))
    graph.add_node("answer", TalkNode("answer", speaker))
    graph.add_node("booking", TalkNode("booking", speaker))
    graph.add_node("modify", TalkNode("modify", speaker))
    graph.add_node("verify", TalkNode("verify", speaker))
    graph.add_node("triage", TriageNode(TalkNode("triage", speaker)))
    graph.add_node("escalate", EscalateNode(TalkNode("escalate", speaker)))
    graph.add_node("close", CloseNode(desk))
    graph.add_node("recap", RecapNode())
    graph.add_node("tools", ActNode(desk, resources.can_transfer))

    graph.add_conditional_edges(START, after_start, ["identify", "intent"])
    graph.add_edge("identify", "intent")
    graph.add_conditional_edges("intent", after_intent, [*TALKING, "close", "recap"])
    for talking in TALKING:
        graph.add_conditional_edges(talking, after_talk, ["tools", END])
    graph.add_conditional_edges("recap", after_talk, ["tools", END])
    graph.add_conditional_edges("tools", after_tools, [*TALKING, "recap"])
    graph.add_edge("close", END)
    return graph
