"""What a bot may send as an activity. Source: learn.microsoft.com/azure/bot-service/rest-api, "API reference"."""

from __future__ import annotations

import json

from tests.standins.slack.check import Json
from tests.standins.teams.cards import TYPE, check_card, inside
from tests.standins.teams.errors import Refusal
from tests.standins.teams.markup import betrayed
from tests.standins.teams.model import Cloud

_KNOWN = {
    "type", "id", "from", "conversation", "recipient", "replyToId", "text", "textFormat", "summary", "attachments",
    "attachmentLayout", "entities", "channelData", "importance", "locale", "serviceUrl", "channelId", "inputHint",
    "timestamp", "localTimestamp",
}  # fmt: skip
_TYPES = ("message", "typing")
_LONGEST_SUMMARY = 500


def check_activity(cloud: Cloud, activity: object, conversation: str) -> Json:
    """The activity, if Teams takes it. Raises `Refusal`."""
    if not isinstance(activity, dict):
        raise Refusal(400, "BadSyntax", "Could not parse the activity: it is no JSON object.")
    text = json.dumps(activity, ensure_ascii=False, separators=(",", ":"))
    size = len(text.encode("utf-16-le", "surrogatepass"))  # so the limit is counted
    if size > cloud.settings.largest:
        raise Refusal(413, "MessageSizeTooBig", f"Message size too large: {size} bytes.")
    if unknown := set(activity) - _KNOWN:
        raise Refusal(400, "BadSyntax", f"Unknown properties of an activity: {sorted(unknown)}.")
    if activity.get("type") not in _TYPES:
        raise Refusal(400, "BadArgument", f"Unknown activity type: {activity.get('type')!r}.")
    _strings(activity)
    _addresses(cloud, activity, conversation)
    if activity["type"] == "message":
        _content(cloud, activity)
    return activity


def _strings(activity: Json) -> None:
    for name in ("text", "summary", "id", "replyToId", "importance", "locale", "textFormat"):
        if name in activity and not isinstance(activity[name], str):
            raise Refusal(400, "BadSyntax", f"{name} must be a string.")
    if activity.get("importance", "normal") not in ("low", "normal", "high", "urgent"):
        raise Refusal(400, "BadArgument", f"Unknown importance: {activity['importance']}.")
    if activity.get("textFormat", "markdown") not in ("plain", "markdown", "xml"):
        raise Refusal(400, "BadArgument", f"Unknown text format: {activity['textFormat']}.")
    for name in ("attachments", "entities"):
        if not isinstance(activity.get(name, []), list):
            raise Refusal(400, "BadSyntax", f"{name} must be an array.")
    if not isinstance(activity.get("channelData", {}), dict):
        raise Refusal(400, "BadSyntax", "channelData must be an object.")


def _addresses(cloud: Cloud, activity: Json, conversation: str) -> None:
    sender, place = activity.get("from"), activity.get("conversation")
    if sender is not None and (not isinstance(sender, dict) or sender.get("id") != cloud.bot["id"]):
        raise Refusal(403, "BadArgument", "The activity is not from this bot.")
    if place is not None and (not isinstance(place, dict) or place.get("id") != conversation):
        raise Refusal(400, "BadArgument", "The conversation of the activity is not that of the request.")


def _content(cloud: Cloud, activity: Json) -> None:
    attachments = activity.get("attachments", [])
    if not activity.get("text") and not attachments:
        raise Refusal(400, "BadSyntax", "Activity must have text or attachments.")
    if len(activity.get("summary", "")) > _LONGEST_SUMMARY:
        cloud.complain("a summary that no notification shows", length=len(activity["summary"]))
    for attachment in attachments:
        if not isinstance(attachment, dict) or attachment.get("contentType") != TYPE:
            raise Refusal(400, "BadArgument", "Unknown attachment type.")
        if set(attachment) - {"contentType", "content", "name"}:
            raise Refusal(400, "BadSyntax", "Unknown properties of an attachment.")
        take_card(cloud, attachment.get("content"))
        if not activity.get("summary"):
            cloud.complain("a card without a summary: the notification says only that there is a card")
    _mentions(cloud, activity)


def _mentions(cloud: Cloud, activity: Json) -> None:
    for entity in activity.get("entities", []):
        if not isinstance(entity, dict) or entity.get("type") != "mention":
            continue
        if str(entity.get("text") or "") not in activity.get("text", "") or not entity.get("text"):
            raise Refusal(400, "BadArgument", "Mention text does not stand in the activity's text.")
        if (entity.get("mentioned") or {}).get("id") not in cloud.users:
            raise Refusal(400, "BadArgument", "The mentioned user is not known.")


def take_card(cloud: Cloud, card: object) -> Json:
    """The card, if Teams takes it; complains of what it takes and should not. Raises `Refusal`."""
    faults = check_card(card)
    if faults or not isinstance(card, dict):
        raise Refusal(400, "BadSyntax", f"The card cannot be read: {'; '.join(faults[:10])}")
    known = set(cloud.users)
    for entity in card.get("msteams", {}).get("entities", []):
        if entity["mentioned"]["id"] not in known:
            raise Refusal(400, "BadArgument", f"The mentioned user is not known: {entity['text']}.")
    for user in card.get("refresh", {}).get("userIds", []):
        if user not in known:
            raise Refusal(400, "BadArgument", f"A user of refresh.userIds is not known: {user}.")
    _advise(cloud, card)
    return card


def _advise(cloud: Cloud, card: Json) -> None:
    settings = cloud.settings
    size = len(json.dumps(card, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
    if size > settings.advised:
        cloud.complain("a card that is too large for some ways into Teams", bytes=size)
    for node in inside(card):
        actions = node.get("actions", [])
        shown = [one for one in actions if str(one.get("mode", "primary")).lower() == "primary"]
        if len(shown) > settings.most_shown:
            cloud.complain("more actions than Teams shows", shown=len(shown))
        if any(one["type"] == "Action.ShowCard" and one not in shown for one in actions):
            cloud.complain("a card behind an action in the menu, where Teams opens none")
    for kind, source in betrayed(card, cloud.hostile):
        cloud.complain("people's words became markup", kind=kind, source=source)
