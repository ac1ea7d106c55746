"""The practice desk as a platform: a card sent is a letter in the person's conversation."""

from __future__ import annotations

from collections.abc import Iterable

from adapters.web.conversations import Conversations
from adapters.web.render import render
from bot.cards import Card
from bot.ports import Account, Delivery, Directory, MessageRef, SendError

PLATFORM = "web"
TENANT = "practice"


class WebMessenger:
    """`Messenger` of the practice desk. A notice's key is its letter's id, so that sending again adds nothing."""

    platform = PLATFORM

    def __init__(self, conversations: Conversations) -> None:
        self._conversations = conversations

    async def send(self, to: Account, card: Card, delivery: Delivery) -> MessageRef:
        """Put the card into the conversation."""
        notice = delivery.notice
        await self._conversations.add(notice.key, to.person, notice.at, {"card": render(card)})
        return MessageRef(PLATFORM, {"letter": notice.key})

    async def update(self, message: MessageRef, to: Account, card: Card) -> MessageRef:
        """Change the letter. Raises `SendError` when it is not there any more."""
        if not await self._conversations.change(str(message.ref["letter"]), to.person, {"card": render(card)}):
            raise SendError(f"no letter {message.ref['letter']} in the practice mailbox", permanent=True)
        return message


async def enrol(directory: Directory, people: Iterable[tuple[str, str | None]]) -> None:
    """Give these people (id, locale) an account on the practice desk."""
    for person, locale in people:
        await directory.link(Account(person, PLATFORM, TENANT, person, locale))
