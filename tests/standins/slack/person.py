"""People in front of Slack: what they see and what they do."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import Any

from tests.standins.slack import payloads, views, widgets
from tests.standins.slack.blocks import check_blocks
from tests.standins.slack.chat import put
from tests.standins.slack.check import Json
from tests.standins.slack.deliver import Deliverer, Delivery, Tamper
from tests.standins.slack.messages import as_seen, stored
from tests.standins.slack.model import Channel, Message, User, View, Workspace
from tests.standins.slack.widgets import CannotDo

TROUBLE = "We had some trouble connecting. Try again?"


def overridden(payload: Json, changes: Json) -> Json:
    """The payload with some fields changed, by dotted path; None removes a field."""
    changed = copy.deepcopy(payload)
    for path, value in changes.items():
        *steps, last = path.split(".")
        place: Any = changed
        for step in steps:
            place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
        if isinstance(place, list):
            place[int(last)] = value
        elif value is None:
            place.pop(last, None)
        else:
            place[last] = value
    return changed


@dataclass
class Hands:
    """Does what a person does, and sends the app what Slack would."""

    ws: Workspace
    deliverer: Deliverer

    def user(self, key: str) -> User:
        """Somebody by id or name."""
        found = [user for user in self.ws.users.values() if key in (user.id, user.name)]
        if not found:
            raise CannotDo(f"nobody is called {key!r}")
        return found[0]

    def place(self, user: User, where: str) -> Channel:
        """The DM with the bot ("dm" or empty), or a channel by id or name that this person is in."""
        if where in ("", "dm"):
            return self.ws.dm(user.id)
        for channel in self.ws.channels.values():
            if where in (channel.id, channel.name) and user.id in channel.members:
                return channel
        raise CannotDo(f"{user.name} is in no channel {where!r}")

    def visible(self, user: User, where: str) -> list[Message]:
        """The messages that this person sees there, oldest first."""
        messages = self.place(user, where).messages
        return [one for one in messages if not one.deleted and one.only_for in ("", user.id)]

    def see(self, key: str, where: str) -> Json:
        """What is on this person's screen: "dm", "home", "modal", a channel."""
        user = self.user(key)
        if where == "home":
            home = self.ws.homes.get(user.id)
            return {"view": home.body if home else None}
        if where == "modal":
            stack = self.ws.stacks.get(user.id, [])
            return {"view": self.ws.views[stack[-1]].body if stack else None, "depth": len(stack)}
        shown = []
        for one in self.visible(user, where):
            more = {"ephemeral": bool(one.only_for), "versions": len(one.versions), "pinned": one.pinned}
            shown.append(as_seen(self.ws, one, metadata=True) | more)
        return {"channel": self.place(user, where).id, "messages": shown}

    def flush(self) -> None:
        """Send the app, in the background, what it subscribed to."""
        settings = self.ws.settings
        happened, self.ws.happened = self.ws.happened, []
        for kind, inner in happened:
            wanted = kind in settings.events and (kind != "message.im" or "im:history" in settings.scopes)
            if wanted and self.deliverer.reachable("event"):
                self.deliverer.background(self.deliverer.send("event", payloads.event(self.ws, inner)))

    async def _send(self, kind: str, payload: Json, options: Json) -> Delivery:
        if not self.deliverer.reachable(kind):
            raise CannotDo("the app has no request URL: set request_url in the settings, or mode to socket")
        changed = overridden(payload, options.get("override") or {})
        return await self.deliverer.send(kind, changed, Tamper(**(options.get("tamper") or {})))

    async def happens(self, kind: str, inner: Json, options: Json) -> Delivery | None:
        """An event, sent and waited for; None where the app has not subscribed to it."""
        settings = self.ws.settings
        if kind not in settings.events or (kind == "message.im" and "im:history" not in settings.scopes):
            return None
        return await self._send("event", payloads.event(self.ws, inner), options)

    async def say(self, key: str, text: str, options: Json) -> Delivery | None:
        """Type a DM to the bot."""
        user, echo = self.user(key), len(self.ws.happened)
        put(self.ws, self.ws.dm(user.id), user.id, payloads.typed_message(text))
        _, inner = self.ws.happened[echo]
        del self.ws.happened[echo]
        if user.is_bot:
            inner |= {"bot_id": "B0OTHERBOT", "app_id": "A0OTHERAPP", "subtype": "bot_message"}
        inner |= {"team": user.team or self.ws.settings.team}
        return await self.happens("message.im", inner, options)

    async def open_home(self, key: str, options: Json) -> Delivery | None:
        """Open the app's Home tab."""
        user = self.user(key)
        inner: Json = {"type": "app_home_opened", "user": user.id, "channel": self.ws.dm(user.id).id, "tab": "home"}
        inner["event_ts"] = self.ws.new_ts()
        if user.id in self.ws.homes:
            inner["view"] = copy.deepcopy(self.ws.homes[user.id].body)
        return await self.happens("app_home_opened", inner, options)

    async def command(self, key: str, line: str, options: Json) -> Delivery:
        """Type a slash command; the app's answer is shown there."""
        user, (word, _, text) = self.user(key), line.partition(" ")
        channel = self.place(user, options.get("where", ""))
        if word not in self.ws.settings.commands or "commands" not in self.ws.settings.scopes:
            raise CannotDo(f"{word} is not a valid command")
        text = payloads.escaped(text.strip())
        if self.ws.settings.escape_commands:
            by_name = {one.name: one.id for one in self.ws.users.values()}
            pattern = r"@([\w.-]+)"
            text = re.sub(pattern, lambda m: f"<@{by_name[m[1]]}|{m[1]}>" if m[1] in by_name else m[0], text)
        delivery = await self._send("command", payloads.command(self.ws, user, word, text, channel), options)
        if not delivery.ok:
            slow = delivery.attempts[-1].reason in ("http_timeout", "timeout")
            delivery.sees = f'{word} failed with the error "{"operation_timeout" if slow else "dispatch_failed"}"'
        elif delivery.attempts[-1].body:
            delivery.sees = self.reply(user.id, channel, delivery.answer(), "")
        return delivery

    def reply(self, user: str, channel: Channel, answer: object, original: str) -> str:
        """Show what came back to a command or at a response_url. Returns why it cannot be shown; empty if it was."""
        if isinstance(answer, str):
            answer = {"text": answer}
        if not isinstance(answer, dict):
            return "invalid_payload"
        message = channel.find(original)
        if answer.get("delete_original") is True:
            if message is not None:
                message.deleted = True
            return ""
        blocks, text = answer.get("blocks"), answer.get("text") or ""
        if blocks is not None and (faults := check_blocks(blocks)):
            return "; ".join(["invalid_blocks", *faults])
        if not text and not blocks:
            return "no_text"
        kind = answer.get("response_type", "ephemeral")
        if kind not in ("ephemeral", "in_channel"):
            return "invalid_response_type"
        body: Json = {"text": text} | ({"blocks": stored(blocks)} if blocks else {})
        replace = answer.get("replace_original")
        if message is not None and (replace is True or (replace is None and kind == "ephemeral" and message.only_for)):
            message.body = body
            message.versions.append(copy.deepcopy(body))
        else:
            only_for = "" if kind == "in_channel" else user
            put(self.ws, channel, self.ws.settings.bot_user, body, only_for=only_for)
        return ""

    async def press(self, key: str, options: Json) -> Delivery:
        """Press or choose something: `where` ("dm", "home", "modal", channel), `ts`, `version`, what, `value`."""
        user, where = self.user(key), options.get("where", "dm")
        what = {name: options[name] for name in ("action_id", "block_id", "label") if options.get(name)}
        if where in ("home", "modal"):
            view = self.view(user, where)
            block, element = widgets.find(view.body["blocks"], value=options.get("button_value", ""), **what)
            action = widgets.pressed(element, block, options.get("value"), self.ws.new_ts())
            self._typed(view, block, element, action)
            payload = payloads.action_in_view(self.ws, user, view, action)
        else:
            message, blocks = self._message(user, where, options, what)
            block, element = widgets.find(blocks, value=options.get("button_value", ""), **what)
            action = widgets.pressed(element, block, options.get("value"), self.ws.new_ts())
            typed = widgets.fill(blocks, options.get("values") or {})
            if element["type"] in widgets.VALUES:
                typed.setdefault(block["block_id"], {})[element["action_id"]] = widgets.state(element, options["value"])
            values = widgets.states(blocks, typed)
            channel = self.place(user, where)
            payload = payloads.action_in_message(
                self.ws, user, channel, message, blocks=blocks, action=action, values=values
            )
        delivery = await self._send("action", payload, options)
        delivery.sees = "" if delivery.ok else TROUBLE
        return delivery

    def _message(self, user: User, where: str, options: Json, what: Json) -> tuple[Message, list[Json]]:
        """The message (the newest that has the thing, unless `ts` says which) and its blocks in that version."""
        version = options.get("version", -1)
        seen = [one for one in self.visible(user, where) if options.get("ts", one.ts) == one.ts]
        for one in reversed(seen):
            blocks = (
                one.versions[version].get("blocks", []) if -len(one.versions) <= version < len(one.versions) else []
            )
            try:
                widgets.find(blocks, value=options.get("button_value", ""), **what)
            except CannotDo:
                if "ts" not in options and one is not seen[0]:
                    continue
                raise
            return one, blocks
        raise CannotDo(f"{user.name} sees no such message")

    def _typed(self, view: View, block: Json, element: Json, action: Json) -> None:
        if element["type"] in widgets.VALUES:
            name = widgets.VALUES[element["type"]][0]
            view.typed.setdefault(block["block_id"], {})[element["action_id"]] = {
                "type": element["type"], name: action[name],
            }  # fmt: skip
        view.body["state"] = {"values": widgets.states(view.body["blocks"], view.typed)}

    def view(self, user: User, where: str) -> View:
        """This person's Home or topmost modal."""
        if where == "home" and user.id in self.ws.homes:
            return self.ws.homes[user.id]
        stack = self.ws.stacks.get(user.id, [])
        if where == "modal" and stack:
            return self.ws.views[stack[-1]]
        raise CannotDo(f"{user.name} has no {where} open")

    async def submit(self, key: str, values: Json, options: Json) -> Delivery:
        """Fill in the topmost modal and submit it. Raises CannotDo where Slack's client would not let them."""
        user = self.user(key)
        view = self.view(user, "modal")
        if not view.body["submit"] and not options.get("anyway"):
            raise CannotDo("this modal has no submit button")
        for block, typed in widgets.fill(view.body["blocks"], values).items():
            view.typed.setdefault(block, {}).update(typed)
        filled = widgets.states(view.body["blocks"], view.typed)
        wrong = widgets.complaints(view.body["blocks"], filled)
        if wrong and not options.get("anyway"):
            raise CannotDo("; ".join(wrong))
        view.body["state"] = {"values": filled}
        delivery = await self._send("submission", payloads.submission(self.ws, user, view), options)
        if not delivery.ok:
            delivery.sees = TROUBLE
        elif why := views.answered(self.ws, view, delivery.answer()):
            delivery.sees = TROUBLE
            self.ws.complain(f"an answer to a submission that Slack does not take: {why}", view=view.id)
        return delivery

    async def close(self, key: str, options: Json) -> list[Delivery]:
        """Close the topmost modal, or all of them (`everything`); the app hears of those with notify_on_close."""
        user, everything = self.user(key), bool(options.get("everything"))
        self.view(user, "modal")
        sent = []
        for view in views.close(self.ws, user.id, everything=everything):
            if view.body["notify_on_close"]:
                payload = payloads.closed(self.ws, user, view, cleared=everything)
                sent.append(await self._send("closed", payload, options))
        return sent

    async def shortcut(self, key: str, callback: str, options: Json) -> Delivery:
        """Use a global shortcut."""
        user, known = self.user(key), self.ws.settings.shortcuts
        if (known is not None and callback not in known) or "commands" not in self.ws.settings.scopes:
            raise CannotDo(f"there is no shortcut {callback!r}")
        delivery = await self._send("shortcut", payloads.shortcut(self.ws, user, callback), options)
        delivery.sees = "" if delivery.ok else TROUBLE
        return delivery
