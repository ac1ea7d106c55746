"""The activities that Teams sends to a bot.

Sources: learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations (conversation-messages,
channel-and-group-conversations, subscribe-to-conversation-events); …/resources/messaging-extension-v3 for clientInfo.
"""

from __future__ import annotations

import html
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tests.standins.slack.check import Json
from tests.standins.teams.model import THREAD, Cloud, Conversation, Message, User


def base(cloud: Cloud, user: User, where: Conversation, thread: str = "") -> Json:
    """What every activity has."""
    now = datetime.fromtimestamp(cloud.now(), UTC)
    place: Json = {"conversationType": where.kind, "tenantId": where.tenant, "id": where.id}
    if where.kind != "personal":
        place["isGroup"] = True
    if thread:
        place["id"] += THREAD + thread
    return {
        "id": f"f:{uuid.uuid4()}",
        "timestamp": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "localTimestamp": now.astimezone(ZoneInfo(user.timezone)).isoformat(timespec="milliseconds"),
        "localTimezone": user.timezone,
        "channelId": "msteams",
        "serviceUrl": cloud.service_url,
        "from": {"id": user.id, "name": user.name, "aadObjectId": user.aad},
        "conversation": place,
        "recipient": dict(cloud.bot),
        "channelData": _channel_data(cloud, where),
        "locale": user.locale,
        "entities": [
            {
                "locale": user.locale,
                "country": user.country,
                "platform": "Web",
                "timezone": user.timezone,
                "type": "clientInfo",
            }
        ],
    }


def _channel_data(cloud: Cloud, where: Conversation) -> Json:
    data: Json = {"tenant": {"id": where.tenant}}
    if where.kind == "channel":
        team = cloud.teams[where.team]
        data |= {
            "teamsChannelId": where.id,
            "teamsTeamId": team.id,
            "channel": {"id": where.id},
            "team": {"id": team.id, "aadGroupId": team.group},
        }
    return data


def message(cloud: Cloud, user: User, where: Conversation, said: Message) -> Json:
    """A typed message, with its mentions."""
    activity = base(cloud, user, where, said.thread) | {
        "type": "message",
        "id": said.id,
        "text": said.body["text"],
        "textFormat": "plain",
        "attachments": [{"contentType": "text/html", "content": f"<div>{html.escape(said.body['text'])}</div>"}],
    }
    activity["entities"] = [*said.body.get("entities", []), *activity["entities"]]
    if said.thread and said.thread != said.id:
        activity["replyToId"] = said.thread
    return activity


def typed(cloud: Cloud, where: Conversation, text: str) -> Json:
    """The body of a typed message: `@Anna Nagy` becomes a mention, if she is there; so does the bot's name."""
    people = {one.name: {"id": one.id, "name": one.name} for one in map(cloud.users.get, where.members) if one}
    if where.kind != "personal":
        people[cloud.bot["name"]] = cloud.bot
    entities: list[Json] = []

    def mention(found: re.Match[str]) -> str:
        whom = people[found[1]]
        entities.append({"type": "mention", "mentioned": dict(whom), "text": f"<at>{whom['name']}</at>"})
        return f"<at>{whom['name']}</at>"

    names = "|".join(re.escape(name) for name in sorted(people, key=len, reverse=True))
    body: Json = {"text": re.sub(f"@({names})(?!\\w)", mention, text) if names else text}
    return body | ({"entities": entities} if entities else {})


def installation(cloud: Cloud, user: User, where: Conversation, action: str) -> Json:
    """The app comes or goes: `action` is "add" or "remove"."""
    activity = base(cloud, user, where) | {"type": "installationUpdate", "action": action}
    if where.kind == "channel":
        activity["channelData"]["settings"] = {"selectedChannel": {"id": where.id}}
    return activity


def roster(cloud: Cloud, user: User, where: Conversation, *, added: list[Json], removed: list[Json]) -> Json:
    """Somebody, or the bot, comes into a conversation or leaves it."""
    activity = base(cloud, user, where) | {"type": "conversationUpdate"}
    if added:
        activity["membersAdded"] = added
    if removed:
        activity["membersRemoved"] = removed
    if where.kind == "channel":
        team = cloud.teams[where.team]
        activity["channelData"]["eventType"] = "teamMemberAdded" if added else "teamMemberRemoved"
        activity["channelData"]["team"] |= {"name": team.name}
    return activity


@dataclass(frozen=True, slots=True)
class Touch:
    """Somebody's `Action.Execute` on a message, by hand ("manual"), or because they look at it ("automatic")."""

    user: User
    where: Conversation
    on: Message
    action: Json
    trigger: str = "manual"


def press(cloud: Cloud, touch: Touch) -> Json:
    """The invoke that it makes."""
    action: Json = {"type": "Action.Execute", "id": touch.action.get("id", "")}
    action |= {name: touch.action[name] for name in ("title", "verb", "data") if name in touch.action}
    return base(cloud, touch.user, touch.where, touch.on.thread) | {
        "type": "invoke",
        "name": "adaptiveCard/action",
        "replyToId": touch.on.id,
        "value": {"action": action, "trigger": touch.trigger},
    }
