"""What the tests of showing things in Teams share: readings, and all that Teams holds against a card."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from adapters.teams.lines import Reading, TeamsUser
from adapters.teams.render import LONGEST_SUMMARY, attachment
from tests.standins.teams.cards import check_card
from tests.unit.wording_play import START, reader, rules

USERS: Mapping[str, TeamsUser] = {
    name.lower(): TeamsUser(f"29:1{name.lower()}", name) for name in ("Anna", "Nora", "Carl", "Erik")
}
LANGUAGES = ("en", "hu")
GOLDEN = Path(__file__).parent / "golden"
LARGEST_MESSAGE = 28_000  # bytes; the narrowest of the limits that Microsoft names for a message


def reading(person: str = "nora", locale: str = "en", users: Mapping[str, TeamsUser] = USERS) -> Reading:
    """Somebody of the play, at its beginning."""
    return Reading(reader(person, locale), rules().company, START, users)


def faults(content: Mapping[str, Any]) -> list[str]:
    """What Teams would refuse, or we promised not to do."""
    found = list(check_card(json.loads(json.dumps(content))))
    message = {"type": "message", "summary": "ű" * LONGEST_SUMMARY, "attachments": [attachment(content)]}
    if (size := len(json.dumps(message))) > LARGEST_MESSAGE:
        found.append(f"a message of {size} bytes")
    shown = [one for one in buttons(content) if one.get("mode") != "secondary"]
    if len(shown) > 6:
        found.append(f"{len(shown)} actions are shown")
    if any(one.get("mode") == "secondary" and one["type"] == "Action.ShowCard" for one in buttons(content)):
        found.append("a form in the menu, where Teams opens none")
    if sum(one.get("style") == "positive" for one in buttons(content)) > 1:
        found.append("more than one primary button")
    found += [f"does not wrap: {one}" for one in nodes(content, "TextBlock") if one.get("wrap") is not True]
    found += [
        f"empty: {one}" for kind in ("TextBlock", "TextRun") for one in nodes(content, kind) if not one["text"].strip()
    ]
    return found


def buttons(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The card's own actions, those of an open form not among them."""
    return list(content.get("actions", []))


def executes(content: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Everything that comes back to us when it is pressed: forms behind buttons and open ones too."""
    yield from nodes(content, "Action.Execute")


def pressed(action: Mapping[str, Any], **inputs: str) -> dict[str, Any]:
    """The value of the invoke when this is pressed; `inputs` by id, as Teams merges them into the data."""
    sent = {"type": "Action.Execute", "title": action["title"], "verb": action["verb"]}
    return json.loads(json.dumps({"action": {**sent, "data": {**action["data"], **inputs}}, "trigger": "manual"}))  # type: ignore[no-any-return]


def nodes(value: object, kind: str) -> Iterator[dict[str, Any]]:
    """Every object of a type, however deep."""
    if isinstance(value, list | tuple):
        for one in value:
            yield from nodes(one, kind)
    elif isinstance(value, Mapping):
        if value.get("type") == kind:
            yield dict(value)
        for one in value.values():
            yield from nodes(one, kind)


def texts(content: object) -> str:
    """All that is written on a card."""
    written = [one["text"] for kind in ("TextBlock", "TextRun") for one in nodes(content, kind)]
    facts = [fact[name] for one in nodes(content, "FactSet") for fact in one["facts"] for name in ("title", "value")]
    return "\n".join([*written, *facts])


def texts_in_order(value: object) -> str:
    """All that is written in elements, from top to bottom."""
    if isinstance(value, list):
        return "\n".join(texts_in_order(one) for one in value)
    if isinstance(value, dict):
        return "\n".join(
            texts_in_order(value[name])
            for name in ("title", "value", "text", "items", "inlines", "facts")
            if name in value
        )
    return str(value)


def golden(name: str, shown: object) -> None:
    """Compare with the golden file. BACKLINE_GOLDEN=write makes it anew, to be read before it is committed."""
    path, text = GOLDEN / f"{name}.json", json.dumps(shown, ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("BACKLINE_GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text
