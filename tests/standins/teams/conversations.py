"""What the connector does: conversations, messages, members.

Sources: learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference;
learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

from tests.standins.slack.check import Json
from tests.standins.teams.activities import check_activity
from tests.standins.teams.errors import Refusal, blocked
from tests.standins.teams.model import THREAD, Cloud, Conversation, Message


@dataclass(frozen=True, slots=True)
class Request:
    """A call to the connector: `key` is the conversation in its path, `item` the activity or member."""

    key: str
    item: str
    body: object
    query: Json


@dataclass(frozen=True, slots=True)
class Done:
    """A good answer."""

    status: int
    body: object


Operation = Callable[[Cloud, Request], Done]


def _writable(cloud: Cloud, key: str) -> tuple[Conversation, str]:
    """The conversation and the thread, where the bot may write. Raises `Refusal`."""
    where, thread = _there(cloud, key)
    person = cloud.users[where.members[0]] if where.kind == "personal" else None
    if person is not None and (person.blocked or not cloud.reaches(person)):
        raise blocked(cloud.settings.blocked_shape)
    if not cloud.has_bot(where):
        raise Refusal(403, "BotNotInConversationRoster", "The bot is not part of the conversation roster.")
    return where, thread


def _there(cloud: Cloud, key: str) -> tuple[Conversation, str]:
    found = cloud.place(key)
    if found is None:
        if key.startswith("a:"):
            raise Refusal(403, "BadArgument", "Failed to decrypt conversation id")
        raise Refusal(404, "ConversationNotFound", "Conversation not found.")
    return found


def create(cloud: Cloud, request: Request) -> Done:
    """POST v3/conversations: a chat with a person, or a thread in a channel."""
    body = request.body
    if not isinstance(body, dict):
        raise Refusal(400, "BadSyntax", "Incorrect conversation creation parameters")
    bot = body.get("bot")
    if not isinstance(bot, dict) or bot.get("id") not in (cloud.bot["id"], cloud.settings.app_id):
        raise Refusal(400, "BadArgument", "The bot of the conversation is not this bot.")
    data = body.get("channelData") or {}
    channel = (data.get("channel") or {}).get("id")
    where = _channel(cloud, body, channel) if channel or body.get("isGroup") else _chat(cloud, body)
    activity = body.get("activity")
    if activity is None:
        if where.kind == "channel":
            raise Refusal(
                400, "BadSyntax", "Incorrect conversation creation parameters: a thread begins with an activity."
            )
        return Done(201, {"id": where.id})
    message = _put(cloud, where, "", check_activity(cloud, activity, where.id))
    thread = THREAD + message.id if where.kind == "channel" else ""
    return Done(201, {"id": where.id + thread, "activityId": message.id})


def _channel(cloud: Cloud, body: Json, channel: str | None) -> Conversation:
    if not channel or body.get("isGroup") is False or body.get("members"):
        raise Refusal(400, "BadSyntax", "Incorrect conversation creation parameters: bots cannot create group chats.")
    where, thread = _writable(cloud, channel)
    if where.kind != "channel" or thread:
        raise Refusal(400, "BadArgument", "This is no channel.")
    return where


def _chat(cloud: Cloud, body: Json) -> Conversation:
    members, data = body.get("members"), body.get("channelData") or {}
    tenant = body.get("tenantId") or (data.get("tenant") or {}).get("id")
    if not isinstance(members, list) or len(members) != 1 or not isinstance(members[0], dict) or not tenant:
        raise Refusal(400, "BadSyntax", "Incorrect conversation creation parameters")
    key = str(members[0].get("id") or "")
    user = cloud.user(key)
    if user is None or key == user.name:
        raise Refusal(403, "BadArgument", "Failed to decrypt pairwise id")
    if user.tenant != tenant:
        raise Refusal(403, "BadArgument", "The user is not in that tenant.")
    if not cloud.reaches(user):
        raise Refusal(403, "ForbiddenOperationException", "Bot is not installed in user's personal scope")
    return cloud.open_chat(user)


def _put(cloud: Cloud, where: Conversation, thread: str, activity: Json) -> Message:
    body = {
        name: copy.deepcopy(value) for name, value in activity.items() if name not in ("from", "conversation", "id")
    }
    message = Message(cloud.new_id(), cloud.bot["id"], body, thread, [copy.deepcopy(body)])
    where.messages.append(message)
    return message


def post(cloud: Cloud, request: Request) -> Done:
    """POST …/activities, or …/activities/{replyToId}. A text with a card becomes two messages, and has no id."""
    where, thread = _writable(cloud, request.key)
    activity = check_activity(cloud, request.body, request.key)
    if request.item and where.find(request.item) is None:
        raise Refusal(404, "ActivityNotFoundInConversation", "The activity to reply to is not there.")
    if activity["type"] == "typing":
        return Done(202, {})
    if where.kind == "channel" and not thread:
        thread = request.item
    if activity.get("text") and activity.get("attachments"):
        _put(cloud, where, thread, {name: value for name, value in activity.items() if name != "attachments"})
        _put(
            cloud, where, thread, {name: value for name, value in activity.items() if name not in ("text", "entities")}
        )
        cloud.complain("text and card in one message: nobody knows its id", conversation=request.key)
        return Done(201, {})
    return Done(201, {"id": _put(cloud, where, thread, activity).id})


def update(cloud: Cloud, request: Request) -> Done:
    """PUT …/activities/{id}: everybody sees the new one, whatever they saw of their own."""
    where, _ = _writable(cloud, request.key)
    activity = check_activity(cloud, request.body, request.key)
    message = _own(cloud, where, request.item)
    if activity["type"] != "message":
        raise Refusal(400, "BadArgument", "Only messages can be updated.")
    if activity.get("id", message.id) != message.id:
        raise Refusal(400, "BadArgument", "The id of the activity is not that of the request.")
    message.body = {
        name: copy.deepcopy(value) for name, value in activity.items() if name not in ("from", "conversation", "id")
    }
    message.versions.append(copy.deepcopy(message.body))
    message.views.clear()
    return Done(200, {"id": message.id})


def delete(cloud: Cloud, request: Request) -> Done:
    """DELETE …/activities/{id}."""
    where, _ = _writable(cloud, request.key)
    _own(cloud, where, request.item).deleted = True
    return Done(200, None)


def _own(cloud: Cloud, where: Conversation, key: str) -> Message:
    message = where.find(key)
    if message is None:
        raise Refusal(404, "ActivityNotFoundInConversation", "The activity is not in the conversation.")
    if message.sender != cloud.bot["id"]:
        raise Refusal(403, "NotEnoughPermissions", "The bot cannot change a message of somebody else.")
    return message


def _roster(cloud: Cloud, key: str) -> list[Json]:
    where, _ = _there(cloud, key)
    if not cloud.has_bot(where):
        raise Refusal(403, "BotNotInConversationRoster", "The bot is not part of the conversation roster.")
    return [cloud.users[one].member() for one in where.members]


def members(cloud: Cloud, request: Request) -> Done:
    """GET …/members: deprecated, everybody at once."""
    return Done(200, _roster(cloud, request.key))


def member(cloud: Cloud, request: Request) -> Done:
    """GET …/members/{id}: by the id here, the id in the tenant, or the user name."""
    names = ("id", "aadObjectId", "userPrincipalName")
    for one in _roster(cloud, request.key):
        if request.item in [one[name] for name in names]:
            return Done(200, one)
    raise Refusal(404, "MemberNotFoundInConversation", "The member is not in the conversation.")


def pagedmembers(cloud: Cloud, request: Request) -> Done:
    """GET …/pagedmembers?pageSize=50..500&continuationToken=…"""
    roster = _roster(cloud, request.key)
    size, token = (
        request.query.get("pageSize", str(cloud.settings.page_size)),
        request.query.get("continuationToken", "0"),
    )
    if not size.isdigit() or not 50 <= int(size) <= 500:
        raise Refusal(400, "BadArgument", "pageSize must be between 50 and 500.")
    if not token.isdigit():
        raise Refusal(400, "BadArgument", "The continuation token is not one of ours.")
    start, end = int(token), int(token) + int(size)
    more = {"continuationToken": str(end)} if end < len(roster) else {}
    return Done(200, {"members": roster[start:end], **more})


OPERATIONS: dict[str, Operation] = {
    "create": create,
    "post": post,
    "update": update,
    "delete": delete,
    "members": members,
    "member": member,
    "pagedmembers": pagedmembers,
}
