"""Whether a page of a report is whole and needs nothing from elsewhere."""

from html.parser import HTMLParser


class Closed(HTMLParser):
    """Fails where tags are not closed in the order in which they were opened."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        if tag != "meta":
            self.opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag


def is_whole(page: str) -> set[str]:
    """The tags of a page that is closed, shows a caller's words as words, and needs nothing."""
    found = Closed()
    found.feed(page)
    assert found.opened == []
    assert "<b>mine" not in page
    assert not {"script", "link", "img", "iframe"} & found.names
    return found.names
