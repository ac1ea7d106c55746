"""What stands in Teams' activities: who speaks, where, and what makes each thing said once. Pure; trusts no shape.

Source: learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference, "Activity object";
answers to invokes: learn.microsoft.com/adaptive-cards/authoring-cards/universal-action-model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from adapters.chat.text import compact
from adapters.teams.auth import tenants_in
from adapters.teams.forms import Action
from adapters.teams.places import Place
from bot.ports import Json

Kind = Literal["personal", "channel", "groupChat"]
ACTION = "adaptiveCard/action"
_LONGEST_ID = 500
_LONGEST_LOCALE = 35
_APP = "28:"  # how the id of a bot begins
_CARD = "application/vnd.microsoft.card.adaptive"
_MESSAGE = "application/vnd.microsoft.activity.message"
_ERROR = "application/vnd.microsoft.error"
_OK = 200


class Malformed(ValueError):
    """An activity that lacks what its kind always has."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody in Teams. `aad`: their id in the tenant, empty for bots; `user`: their id at our bot (`29:…`)."""

    tenant: str
    aad: str
    user: str

    @property
    def is_bot(self) -> bool:
        """Whether it is an app that speaks."""
        return not self.aad or self.user.startswith(_APP)


def caller_of(activity: Json) -> Caller:
    """Who speaks. Raises `Malformed`."""
    sender = object_in(activity, "from")
    bot = sender.get("role") == "bot" or "aadObjectId" not in sender
    return Caller(tenant_of(activity), "" if bot else text_in(sender, "aadObjectId"), text_in(sender, "id"))


def tenant_of(activity: Json) -> str:
    """The company that it comes from; where nothing is signed it may name none. Raises `Malformed`."""
    named = tenants_in(activity)
    return _id(named[0], "tenant") if named else "none"


def place_in(activity: Json) -> Place:
    """The conversation. Raises `Malformed`."""
    return Place(
        text_in(activity, "serviceUrl"), text_in(object_in(activity, "conversation"), "id"), tenant_of(activity)
    )


def kind_of(activity: Json) -> Kind:
    """What kind of conversation it is in. Raises `Malformed`."""
    conversation = object_in(activity, "conversation")
    match conversation.get("conversationType"):
        case "channel":
            return "channel"
        case "groupChat":
            return "groupChat"
        case "personal":
            return "personal"
        case _:
            return "groupChat" if conversation.get("isGroup") else "personal"


def team_of(activity: Json) -> str | None:
    """The id of the team that it is about."""
    data = activity.get("channelData")
    team = data.get("team") if isinstance(data, Mapping) else None
    found = team.get("id") if isinstance(team, Mapping) else None
    return found if isinstance(found, str) and is_id(found) else None


def chosen_channel(activity: Json) -> str | None:
    """The channel that somebody chose when they added the app to a team."""
    data = activity.get("channelData")
    settings = data.get("settings") if isinstance(data, Mapping) else None
    channel = settings.get("selectedChannel") if isinstance(settings, Mapping) else None
    found = channel.get("id") if isinstance(channel, Mapping) else None
    return found if isinstance(found, str) and is_id(found) else None


def locale_of(activity: Json) -> str | None:
    """The language of the person's Teams, like `hu-HU`."""
    found = activity.get("locale")
    if not isinstance(found, str):
        listed = activity.get("entities")
        entities = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
        found = next((one.get("locale") for one in entities if one.get("type") == "clientInfo"), None)
    return found if isinstance(found, str) and 0 < len(found) <= _LONGEST_LOCALE else None


def users_in(activity: Json, name: str) -> list[str]:
    """The ids in a list of accounts, like `membersAdded`."""
    listed = activity.get(name)
    accounts = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    ids = (one.get("id") for one in accounts)
    return [one for one in ids if isinstance(one, str) and is_id(one)]


def object_in(activity: Json, name: str) -> Json:
    """The object of that name. Raises `Malformed`."""
    found = activity.get(name)
    if not isinstance(found, Mapping):
        raise Malformed(name)
    return found


def text_in(activity: Json, name: str) -> str:
    """The id of that name. Raises `Malformed`."""
    return _id(activity.get(name), name)


def _id(value: object, name: str) -> str:
    if not isinstance(value, str) or not is_id(value):
        raise Malformed(name)
    return value


def is_id(text: str) -> bool:
    """Whether it may be one of Microsoft's ids."""
    return 0 < len(text) <= _LONGEST_ID and text.isascii() and text.isprintable()


# --- What makes it one thing ------------------------------------------------------------------------------------------


def message_key(caller: Caller, place: Place, activity_id: str) -> str:
    """Unique for a message."""
    return _key("message", caller.tenant, caller.aad, place.conversation, activity_id)


def press_key(activity: Json, caller: Caller, action: Action) -> str:
    """Unique for a press: who, on which message, which button, what was filled in, when. Raises `Malformed`."""
    where = place_in(activity).conversation
    on = str(activity.get("replyToId") or "")
    what = compact({"verb": action.verb, "args": dict(action.args), "fields": dict(action.fields)})
    return _key("press", caller.tenant, caller.aad, where, on, what, text_in(activity, "id"))


def _key(kind: str, *parts: str) -> str:
    digest = hashlib.sha256("\n".join(f"{len(part)}:{part}" for part in parts).encode("utf-8", "replace"))
    return f"teams:{kind}:{digest.hexdigest()[:32]}"


# --- Answers to an `adaptiveCard/action` invoke -----------------------------------------------------------------------


def card_answer(content: Json) -> Json:
    """The card that takes the place of the pressed one, for whoever pressed."""
    return {"statusCode": _OK, "type": _CARD, "value": content}


def message_answer(text: str) -> Json:
    """A sentence, shown to whoever pressed; the card stays as it is."""
    return {"statusCode": _OK, "type": _MESSAGE, "value": text}


def error_answer(code: str, status: int) -> Json:
    """Nothing to show: Teams leaves the card as everybody sees it."""
    return {"statusCode": status, "type": _ERROR, "value": {"code": code, "message": code}}
