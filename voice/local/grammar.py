"""Reads the part of JSGF our grammars use, and draws sentences from it.

    <rule> = one | [optional] two | (this | that)+ | /3/ <thrice as likely>;

The syntax is a subset of the JSpeech Grammar Format (https://www.w3.org/TR/jsgf/): whole weights,
no tags, no imports, no `*`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random

TOKEN = re.compile(r"<\w+>|/\d+/|[\[\]()|=+]|[a-z']+")
COMMENT = re.compile(r"//.*")
AGAIN = 0.8  # of a repeated part: five times on average, a short run of digits
CLOSING = {"(": ")", "[": "]"}


class BadGrammar(ValueError):
    """A grammar file cannot be read; the message names the rule and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A reference to another rule."""

    name: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """Parts said one after the other."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several ways to say it, each as likely as the others; likelier ones occur again."""

    options: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part said once or more."""

    part: "Node"


Node = str | Rule | Sequence | Choice | Repeat
NOTHING = Sequence(())


def read(text: str) -> dict[str, Node]:
    """The rules of a grammar, by name.

    Raises:
        BadGrammar: A rule is malformed.
    """
    rules: dict[str, Node] = {}
    for statement in COMMENT.sub("", text).split(";"):
        if not statement.strip():
            continue
        head, _, body = statement.partition("=")
        name = head.removeprefix("public").strip().strip("<>").removeprefix("public").strip(" <>")
        tokens = TOKEN.findall(body)
        if not name.isidentifier() or "".join(tokens) != "".join(body.split()):
            raise BadGrammar(f"rule {name!r} holds something other than lower-case words: {body}")
        rules[name] = _Reader(name, tokens).whole()
    return rules


@dataclass(slots=True)
class _Reader:
    name: str
    tokens: list[str]
    at: int = 0

    def whole(self) -> Node:
        node = self._choice()
        if self.at != len(self.tokens):
            raise BadGrammar(f"rule {self.name!r} closes a bracket it did not open")
        return node

    def _choice(self) -> Node:
        options = self._weighted()
        while self._next_is("|"):
            self.at += 1
            options += self._weighted()
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _weighted(self) -> list[Node]:
        weight = 1
        if self.at < len(self.tokens) and self.tokens[self.at].startswith("/"):
            weight = int(self.tokens[self.at].strip("/"))
            self.at += 1
        return [self._sequence()] * weight

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while self.at < len(self.tokens) and self.tokens[self.at] not in "|)]":
            parts.append(self._item())
        if not parts:
            raise BadGrammar(f"rule {self.name!r} has an empty alternative")
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _item(self) -> Node:
        mark = self.tokens[self.at]
        self.at += 1
        node: Node
        if mark in CLOSING:
            node = self._choice()
            if not self._next_is(CLOSING[mark]):
                raise BadGrammar(f"rule {self.name!r} does not close a {mark}")
            self.at += 1
            if CLOSING[mark] == "]":
                return Choice((NOTHING, node))
        elif mark[0] in "=+/":
            raise BadGrammar(f"rule {self.name!r} has a {mark} out of place")
        else:
            node = Rule(mark[1:-1]) if mark.startswith("<") else mark
        if self._next_is("+"):
            self.at += 1
            node = Repeat(node)
        return node

    def _next_is(self, token: str) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at] == token


def check(rules: Mapping[str, Node]) -> None:
    """Make sure that every rule another one speaks of is there.

    Raises:
        BadGrammar: One is not.
    """
    for name, node in rules.items():
        missing = references(node) - rules.keys()
        if missing:
            raise BadGrammar(f"rule {name!r} speaks of <{min(missing)}>, which is not there")


def references(node: Node) -> set[str]:
    """The names of the rules a node speaks of."""
    match node:
        case Rule(name):
            return {name}
        case Sequence(parts) | Choice(parts):
            return set[str]().union(*(references(part) for part in parts))
        case Repeat(part):
            return references(part)
        case _:
            return set()


def sentence(rules: Mapping[str, Node], name: str, chance: Random) -> list[str]:
    """The words of one sentence of the named rule, drawn by chance."""
    said: list[str] = []
    _say(rules, rules[name], chance, said)
    return said


def _say(rules: Mapping[str, Node], node: Node, chance: Random, said: list[str]) -> None:
    match node:
        case str():
            said.append(node)
        case Rule(name):
            _say(rules, rules[name], chance, said)
        case Sequence(parts):
            for part in parts:
                _say(rules, part, chance, said)
        case Choice(options):
            _say(rules, options[int(chance.random() * len(options))], chance, said)
        case Repeat(part):
            _say(rules, part, chance, said)
            while chance.random() < AGAIN:
                _say(rules, part, chance, said)


def words(nodes: Iterable[Node]) -> set[str]:
    """Every word that may be said, leaving out what other rules add."""
    said: set[str] = set()
    for node in nodes:
        match node:
            case str():
                said.add(node)
            case Sequence(parts):
                said |= words(parts)
            case Choice(options):
                said |= words(options)
            case Repeat(part):
                said |= words([part])
            case Rule():
                pass
    return said


def vocabulary(rules: Mapping[str, Node], name: str) -> set[str]:
    """Every word a sentence of the named rule may hold."""
    reached, waiting = set[str](), [name]
    while waiting:
        rule = waiting.pop()
        if rule not in reached:
            reached.add(rule)
            waiting += references(rules[rule])
    return words(rules[rule] for rule in reached)
