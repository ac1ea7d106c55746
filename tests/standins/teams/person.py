"""People in front of Teams: what they see and what they do."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass

from tests.standins.slack.check import Json
from tests.standins.slack.person import overridden
from tests.standins.slack.widgets import CannotDo
from tests.standins.teams import payloads, widgets
from tests.standins.teams.activities import take_card
from tests.standins.teams.cards import TYPE, inside
from tests.standins.teams.deliver import Deliverer, Delivery
from tests.standins.teams.errors import Refusal
from tests.standins.teams.model import Cloud, Conversation, Message, Team, User
from tests.standins.teams.payloads import Touch
from tests.standins.teams.tokens import Tamper

TROUBLE = "Something went wrong. Please try again."
NOTE = "application/vnd.microsoft.activity.message"
ERROR = "application/vnd.microsoft.error"


def card_of(body: Json) -> Json | None:
    """The card in a message."""
    return next((one["content"] for one in body.get("attachments", []) if one["contentType"] == TYPE), None)


def words(card: Json) -> Iterator[str]:
    """Everything of a card that can be read."""
    for node in inside(card):
        yield from (node[name] for name in ("text", "title", "label", "placeholder") if isinstance(node.get(name), str))
        yield from (f"{fact['title']} {fact['value']}" for fact in node.get("facts", []))
        yield from (one for one in node.get("inlines", []) if isinstance(one, str))
        yield from (one["title"] for one in node.get("choices", []))


@dataclass
class Hands:
    """Does what a person does, and sends the bot what Teams would."""

    cloud: Cloud
    deliverer: Deliverer

    # --- Looking ------------------------------------------------------------------------------------------------------

    def user(self, key: str) -> User:
        """Somebody by id or name."""
        if (found := self.cloud.user(key)) is None:
            raise CannotDo(f"nobody is called {key!r}")
        return found

    def place(self, user: User, where: str) -> Conversation:
        """The chat with the bot ("chat" or empty), or a channel or group by id, name or `team/channel`."""
        if where in ("", "chat"):
            if (chat := self.cloud.chat(user)) is None:
                raise CannotDo(f"{user.name} has no chat with the bot")
            return chat
        found = [
            one
            for one in self.cloud.conversations.values()
            if where in (one.id, one.name, self._full_name(one)) and user.id in one.members and one.kind != "personal"
        ]
        if len(found) != 1:
            raise CannotDo(f"{user.name} is in {len(found)} conversations {where!r}")
        return found[0]

    def _full_name(self, where: Conversation) -> str:
        team = self.cloud.teams.get(where.team)
        return f"{team.name}/{where.name}" if team else where.name

    def see(self, key: str, where: str) -> list[Json]:
        """What this person sees there, oldest first; "chat" is empty before there is one."""
        user = self.user(key)
        if where in ("", "chat") and self.cloud.chat(user) is None:
            return []
        place = self.place(user, where)
        return [self._shown(user, one) for one in place.messages if not one.deleted]

    def _shown(self, user: User, message: Message) -> Json:
        body = message.seen_by(user.id)
        card = card_of(body)
        return {
            "id": message.id,
            "from": "bot" if message.sender == self.cloud.bot["id"] else message.sender,
            "text": body.get("text", ""),
            "summary": body.get("summary", ""),
            "card": card,
            "words": list(words(card)) if card else [],
            "actions": [one.action.get("title", "") for one in widgets.actions(card)] if card else [],
            "thread": message.thread,
            "versions": len(message.versions),
            "own": user.id in message.views,
            "importance": body.get("importance", "normal"),
            "alert": bool(body.get("channelData", {}).get("notification", {}).get("alert")),
        }

    # --- Coming and going ---------------------------------------------------------------------------------------------

    async def _send(self, payload: Json, options: Json) -> Delivery:
        changed = overridden(payload, options.get("override") or {})
        delivery = await self.deliverer.send(changed, Tamper(**(options.get("tamper") or {})))
        if (status := delivery.attempts[-1].status) in (500, 501):
            self.cloud.complain("the bot broke over an activity", status=status, kind=delivery.kind)
        return delivery

    async def install(self, key: str, options: Json) -> list[Delivery]:
        """Add the app for oneself: the bot hears of it twice."""
        user = self.user(key)
        user.installed = True
        chat = self.cloud.open_chat(user)
        first = payloads.installation(self.cloud, user, chat, "add")
        both = [{"id": self.cloud.bot["id"]}, {"id": user.id, "aadObjectId": user.aad}]
        second = payloads.roster(self.cloud, user, chat, added=both, removed=[])
        return [await self._send(one, options) for one in (first, second)]

    async def uninstall(self, key: str, options: Json) -> list[Delivery]:
        """Take the app away again."""
        user = self.user(key)
        chat = self.place(user, "chat")
        user.installed = False
        return [await self._send(payloads.installation(self.cloud, user, chat, "remove"), options)]

    def team(self, key: str) -> Team:
        """A team by id or name."""
        found = [one for one in self.cloud.teams.values() if key in (one.id, one.name)]
        if not found:
            raise CannotDo(f"there is no team {key!r}")
        return found[0]

    async def add_to_team(self, key: str, name: str, options: Json) -> list[Delivery]:
        """Somebody adds the app to a team, in one of its channels (`channel`)."""
        user, team = self.user(key), self.team(name)
        where = self.place(user, options.get("channel") or team.id)
        if where.team != team.id:
            raise CannotDo(f"{where.name} is no channel of {team.name}")
        team.installed = True
        general = self.cloud.conversations[team.id]
        first = payloads.installation(self.cloud, user, where, "add")
        second = payloads.roster(self.cloud, user, general, added=[{"id": self.cloud.bot["id"]}], removed=[])
        return [await self._send(one, options) for one in (first, second)]

    async def remove_from_team(self, key: str, name: str, options: Json) -> list[Delivery]:
        """Somebody takes the app out of a team."""
        user, team = self.user(key), self.team(name)
        team.installed = False
        general = self.cloud.conversations[team.id]
        first = payloads.installation(self.cloud, user, general, "remove")
        second = payloads.roster(self.cloud, user, general, added=[], removed=[{"id": self.cloud.bot["id"]}])
        return [await self._send(one, options) for one in (first, second)]

    async def join(self, key: str, name: str, options: Json) -> list[Delivery]:
        """Somebody comes into a team."""
        user, team = self.user(key), self.team(name)
        team.members.append(user.id)
        if not team.installed:
            return []
        general = self.cloud.conversations[team.id]
        added = [{"id": user.id, "aadObjectId": user.aad}]
        return [await self._send(payloads.roster(self.cloud, user, general, added=added, removed=[]), options)]

    # --- Typing -------------------------------------------------------------------------------------------------------

    async def say(self, key: str, text: str, options: Json) -> Delivery | None:
        """Type something; None where the bot is not told: in channels and groups it hears only who names it."""
        user = self.user(key)
        where = self.place(user, options.get("where", ""))
        if where.kind == "personal" and not user.installed:
            raise CannotDo(f"{user.name} has not installed the app")
        thread = str(options.get("thread") or "")
        if thread and (where.kind != "channel" or where.find(thread) is None):
            raise CannotDo(f"there is no thread {thread!r}")
        message = Message(self.cloud.new_id(), user.id, payloads.typed(self.cloud, where, text), thread)
        if where.kind == "channel" and not thread:
            message.thread = message.id
        message.versions.append(copy.deepcopy(message.body))
        where.messages.append(message)
        named = [one["mentioned"]["id"] for one in message.body.get("entities", [])]
        if where.kind != "personal" and (self.cloud.bot["id"] not in named or not self.cloud.has_bot(where)):
            return None
        return await self._send(payloads.message(self.cloud, user, where, message), options)

    # --- Pressing -----------------------------------------------------------------------------------------------------

    async def press(self, key: str, options: Json) -> Delivery | None:
        """Press an action by `title` or `verb` on the newest message that has it (or `message`), with `inputs`.

        None for what only the client does. Raises CannotDo where Teams' client would not send it.
        """
        user = self.user(key)
        where = self.place(user, options.get("where", ""))
        message, found = self._found(user, where, options)
        kind = found.action["type"]
        if kind in ("Action.ShowCard", "Action.OpenUrl", "Action.ToggleVisibility"):
            if options.get("inputs"):
                raise CannotDo(f"{kind} sends nothing")
            return None
        data = widgets.gather(found, options.get("inputs") or {})
        if kind == "Action.Submit":
            submitted = payloads.base(self.cloud, user, where, message.thread) | {"type": "message", "value": data}
            return await self._send(submitted | {"replyToId": message.id, "id": self.cloud.new_id()}, options)
        return await self._invoke(Touch(user, where, message, found.action | {"data": data}), options)

    def _found(self, user: User, where: Conversation, options: Json) -> tuple[Message, widgets.Found]:
        """The message and the action; `version` (0 is the first) presses on an old copy."""
        wanted = {name: str(options[name]) for name in ("title", "verb", "under") if options.get(name)}
        seen = [one for one in where.messages if not one.deleted and options.get("message", one.id) == one.id]
        first: CannotDo | None = None
        for message in reversed(seen):
            old = options.get("version")
            card = card_of(message.seen_by(user.id) if old is None else message.versions[int(old)])
            if card is None:
                continue
            try:
                return message, widgets.find(card, **wanted)
            except CannotDo as error:
                first = first or error
                if "there is no action" not in str(error):
                    raise
        raise first or CannotDo(f"{user.name} sees no card there")

    async def refresh(self, key: str, options: Json) -> Delivery:
        """Look at the newest card that asks for it (or `message`): by itself for its `userIds`, else by hand."""
        user = self.user(key)
        where = self.place(user, options.get("where", ""))
        for message in reversed(where.messages):
            card = card_of(message.seen_by(user.id)) if not message.deleted else None
            if card is None or "refresh" not in card or options.get("message", message.id) != message.id:
                continue
            asked = card["refresh"]
            trigger = "automatic" if user.id in asked["userIds"] else "manual"
            return await self._invoke(Touch(user, where, message, asked["action"], trigger), options)
        raise CannotDo(f"{user.name} sees no card that can be refreshed")

    async def _invoke(self, touch: Touch, options: Json) -> Delivery:
        delivery = await self._send(payloads.press(self.cloud, touch), options)
        why = self._answered(touch.user, touch.on, delivery)
        if why:
            delivery.sees = TROUBLE
            spoilt = options.get("tamper") or options.get("override")
            if delivery.attempts[-1].status and not spoilt:
                self.cloud.complain(
                    f"an answer to an invoke that Teams does not take: {why}", verb=touch.action.get("verb")
                )
        return delivery

    def _answered(self, user: User, on: Message, delivery: Delivery) -> str:
        """Do as the answer says; why it cannot be done, "" if it was."""
        if not delivery.ok:
            return f"HTTP {delivery.attempts[-1].status} {delivery.attempts[-1].reason}".strip()
        answer = delivery.answer()
        if not isinstance(answer, dict) or set(answer) != {"statusCode", "type", "value"}:
            return f"not {{statusCode, type, value}}: {json.dumps(answer)[:200]}"
        match answer:
            case {"statusCode": 200, "type": str(kind), "value": card} if kind == TYPE:
                try:
                    on.views[user.id] = copy.deepcopy(take_card(self.cloud, card))
                except Refusal as refusal:
                    return str(refusal)
                delivery.shown = "card"
            case {"statusCode": 200, "type": str(kind), "value": str(text)} if kind == NOTE and text:
                delivery.sees, delivery.shown = text, "message"
            case {"statusCode": int(status), "type": str(kind), "value": {"code": str(), "message": str(text)}} if (
                kind == ERROR and status in (400, 500)
            ):
                delivery.sees, delivery.shown = text, "error"
            case _:
                return f"{answer['statusCode']!r} with {answer['type']!r}"
        return ""
