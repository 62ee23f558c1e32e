"""Forms of a page, to be sent in tests as a browser without JavaScript would send them."""

from html.parser import HTMLParser


class _Forms(HTMLParser):
    """The forms of a page: where each goes, and what would be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((given["action"], {}))
        elif tag == "input" and self.forms and given.get("name"):
            is_left = given.get("type") in ("checkbox", "radio") and "checked" not in given
            if not is_left:
                self.forms[-1][1][given["name"]] = given.get("value", "")
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option" and "selected" in given:
            self.forms[-1][1][self._select] = given["value"]


def fields(page: str, action: str, number: int = 0) -> dict[str, str]:
    """What a form would send, of those with this target."""
    parser = _Forms()
    parser.feed(page)
    return [sent for target, sent in parser.forms if target == action][number]


def actions(page: str) -> list[str]:
    """Where the forms of a page go."""
    parser = _Forms()
    parser.feed(page)
    return [target for target, _ in parser.forms]
