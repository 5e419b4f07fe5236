"""Small pieces of HTML. Whatever comes from a call or a scenario is escaped here."""

from collections.abc import Iterable, Sequence
from html import escape


def text(value: object) -> str:
    """Safe between tags and within quoted attributes."""
    return escape(str(value), quote=True)


def tag(name: str, inner: str, **attributes: str) -> str:
    """An element around markup; `class_` stands for class, `_` for a dash."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text(value)}"' for key, value in attributes.items()
    )
    return f"<{name}{written}>{inner}</{name}>"


def items(lines: Iterable[str], **attributes: str) -> str:
    """A list of plain texts; nothing if there are none."""
    inner = "".join(tag("li", text(line)) for line in lines)
    return tag("ul", inner, **attributes) if inner else ""


def grid(head: Sequence[str], rows: Iterable[Sequence[str]], caption: str) -> str:
    """A table of markup that scrolls by itself where it is wider than the page."""
    top = "".join(tag("th", text(name), scope="col") for name in head)
    body = "".join(
        tag("tr", tag("th", row[0], scope="row") + "".join(tag("td", cell) for cell in row[1:]))
        for row in rows
    )
    inner = tag("caption", text(caption)) + tag("thead", tag("tr", top)) + tag("tbody", body)
    return tag(
        "div", tag("table", inner), class_="wide", tabindex="0", role="region", aria_label=caption
    )


def fold(summary: str, inner: str, *, opened: bool, **attributes: str) -> str:
    """Something that is shown or hidden by its heading, with the keyboard too."""
    shown = tag("summary", summary) + tag("div", inner, class_="inner")
    made = tag("details", shown, **attributes)
    return made.replace("<details", "<details open", 1) if opened else made
