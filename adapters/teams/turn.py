"""botbuilder, the framework for invokes, arrivals, channel messages and everything that is not a report's way.

What reaches it is verified already. Of its adapters only the interface is used: the stock one builds a client and
fetches a token in every turn, and answers 500 to `Action.Execute`, whose body it serialises twice. What nobody listens
to gets 200 and is counted. All of botbuilder is in this file, so that its successor can take its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from aiohttp import web
from botbuilder.core import BotAdapter, InvokeResponse, TurnContext
from botbuilder.core.teams import TeamsActivityHandler
from botbuilder.integration.aiohttp.bot_framework_http_adapter_integration_base import (
    BotFrameworkHttpAdapterIntegrationBase,
)
from botbuilder.schema import Activity, ActivityTypes, ConversationReference, ResourceResponse
from msrest.exceptions import DeserializationError  # type: ignore[attr-defined] # not in its __all__

from adapters.teams.payloads import ACTION, Malformed, place_in
from adapters.teams.places import Place
from bot.ports import Json, Urgency

_ACTIVITY = "backline.activity"  # where a turn keeps what came, as it came
_OK = 200


class Connector(Protocol):
    """What sending needs: `adapters.teams.connector.Connector`."""

    async def post(self, place: Place, activity: Json, *, urgency: Urgency = Urgency.NOTICE) -> str:
        """A new message. Raises `TeamsError`."""

    async def update(
        self, place: Place, activity_id: str, activity: Json, *, urgency: Urgency = Urgency.REFRESH
    ) -> None:
        """Change a message of ours. Raises `TeamsError`."""


class Adapter(BotAdapter, BotFrameworkHttpAdapterIntegrationBase):  # type: ignore[misc] # botbuilder has no types
    """Brings a verified request through a turn, and its invoke's answer back."""

    def __init__(self, connector: Connector) -> None:
        super().__init__()
        self._connector = connector

    async def process(
        self,
        request: web.Request,
        bot: TeamsActivityHandler,
        ws_response: web.WebSocketResponse | None = None,
        *,
        activity: Json,
    ) -> web.Response:
        """The turn, and its answer. `activity`: verified. Raises `Malformed`, and what the bot raises."""
        del request, ws_response  # the body is read, and streaming is for other channels
        context = TurnContext(self, _activity(activity))
        context.turn_state[_ACTIVITY] = activity
        await self.run_pipeline(context, bot.on_turn)
        answer = context.turn_state.get(self._INVOKE_RESPONSE_KEY)
        if answer is None:
            return web.Response()
        response: InvokeResponse = answer.value
        return web.Response() if response.body is None else web.json_response(response.body, status=response.status)

    async def send_activities(self, context: TurnContext, activities: Sequence[Activity]) -> list[ResourceResponse]:
        """An invoke's answer stays with the turn; a message goes out. Raises `TeamsError`."""
        sent = []
        for activity in activities:
            name = ""
            if activity.type == ActivityTypes.invoke_response:
                context.turn_state[self._INVOKE_RESPONSE_KEY] = activity
            elif activity.type == ActivityTypes.message:
                name = await self._connector.post(_place(context), activity.serialize())
            sent.append(ResourceResponse(id=name))
        return sent

    async def update_activity(self, context: TurnContext, activity: Activity) -> ResourceResponse:
        """Change a message of ours. Raises `TeamsError`."""
        await self._connector.update(_place(context), activity.id, activity.serialize())
        return ResourceResponse(id=activity.id)

    async def delete_activity(self, context: TurnContext, reference: ConversationReference) -> None:
        """Nothing is deleted: what was said stays."""
        raise NotImplementedError(f"{type(self).__name__} deletes nothing: {reference.activity_id}")


class Listeners(Protocol):
    """Who is told of what."""

    async def pressed(self, activity: Json) -> Json:
        """An `adaptiveCard/action`; the invoke's answer."""

    async def said(self, activity: Json) -> None:
        """A message."""

    async def added(self, activity: Json) -> None:
        """The app is there."""

    async def removed(self, activity: Json) -> None:
        """The app is gone."""

    async def joined(self, activity: Json) -> None:
        """People came."""

    async def parted(self, activity: Json) -> None:
        """People left."""

    def odd(self, kind: str, name: str, activity: Json) -> None:
        """Something nobody listens to."""


class Bot(TeamsActivityHandler):  # type: ignore[misc] # botbuilder has no types
    """Hands each activity, as it came, to whom it is for. Asks Teams nothing by itself, as the stock one does."""

    def __init__(self, listeners: Listeners) -> None:
        super().__init__()
        self._listeners = listeners

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        """A message in a channel or group, where we hear only what mentions us."""
        await self._listeners.said(_raw(turn_context))

    async def on_invoke_activity(self, turn_context: TurnContext) -> InvokeResponse:
        """A press; any other invoke is not ours."""
        raw = _raw(turn_context)
        if raw.get("name") != ACTION:
            self._listeners.odd("invoke", str(raw.get("name")), raw)
            return InvokeResponse(status=_OK)
        return InvokeResponse(status=_OK, body=await self._listeners.pressed(raw))

    async def on_installation_update_add(self, turn_context: TurnContext) -> None:
        """The app was installed, for a person or a team."""
        await self._listeners.added(_raw(turn_context))

    async def on_installation_update_remove(self, turn_context: TurnContext) -> None:
        """The app was removed, by a person or from a team."""
        await self._listeners.removed(_raw(turn_context))

    async def on_conversation_update_activity(self, turn_context: TurnContext) -> None:
        """People, or the app, came to a team or chat, or left; or a channel was renamed, and the like."""
        raw = _raw(turn_context)
        if raw.get("membersAdded"):
            await self._listeners.joined(raw)
        elif raw.get("membersRemoved"):
            await self._listeners.parted(raw)
        else:
            self._nobody(turn_context)

    async def on_message_reaction_activity(self, turn_context: TurnContext) -> None:
        """A thumb is no answer: whoever means yes presses the button."""
        self._nobody(turn_context)

    async def on_message_update_activity(self, turn_context: TurnContext) -> None:
        """What was said counts as it was said first."""
        self._nobody(turn_context)

    async def on_message_delete_activity(self, turn_context: TurnContext) -> None:
        """What was said stays said."""
        self._nobody(turn_context)

    async def on_event_activity(self, turn_context: TurnContext) -> None:
        """Meetings, read receipts."""
        self._nobody(turn_context)

    async def on_unrecognized_activity_type(self, turn_context: TurnContext) -> None:
        """Whatever Teams may invent."""
        self._nobody(turn_context)

    def _nobody(self, turn_context: TurnContext) -> None:
        raw = _raw(turn_context)
        self._listeners.odd("activity", str(raw.get("type")), raw)


def _activity(raw: Json) -> Activity:
    if not isinstance(raw.get("type"), str) or not raw["type"]:
        raise Malformed("type")
    try:
        return Activity().deserialize(raw)
    except (DeserializationError, AttributeError, TypeError, ValueError, KeyError) as error:
        raise Malformed(type(error).__name__) from None


def _raw(turn_context: TurnContext) -> Json:
    raw: Json = turn_context.turn_state[_ACTIVITY]
    return raw


def _place(context: TurnContext) -> Place:
    return place_in(_raw(context))
