"""The neutral card: what a person is shown, before any platform has a say in how.

A renderer turns every node into its platform's form or fails; it drops nothing. Instants and mentions are
nodes of their own, so that a phone shows the reader's local time and a tappable name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment (aware UTC), shown in the reader's zone. `countdown` may also show what is left until then."""

    at: datetime
    style: Literal["time", "datetime", "countdown"] = "time"


@dataclass(frozen=True, slots=True)
class Mention:
    """A person of the company, by id; shown by name, tappable where the platform knows them."""

    person: str


@dataclass(frozen=True, slots=True)
class Words:
    """What a person typed: shown as is, never as markup."""

    text: str


Span = str | Instant | Mention | Words
Line = tuple[Span, ...]  # a `str` in it is our own wording, already in the reader's language

LONGEST_NAME = 100  # characters somebody types to say whom they mean
NAMED = "_named"  # ends the id of the field for it

Tone = Literal["urgent", "attention", "calm", "done"]  # said in words too: never by colour alone


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    line: Line
    subtle: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Label and value, a row each; for a phone: short labels."""

    rows: tuple[tuple[str, Line], ...]


Block = Text | Facts


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose: what comes back, and what is shown."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Input:
    """Type some words; at most `longest` characters."""

    id: str
    label: str
    required: bool = True
    multiline: bool = False
    longest: int = 500
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """Choose one, or several, of these.

    `hint`: they are people, and this is how else to say whom: in words, for `bot.naming.agent_meant`. A platform whose
    list is too short for them shows `as_input` instead; a chosen id and words that look like one are told apart.
    """

    id: str
    label: str
    options: tuple[Option, ...]
    several: bool = False
    required: bool = True
    selected: tuple[str, ...] = ()
    hint: str = ""

    def as_input(self) -> Input:
        """The same question, answered by a name."""
        return Input(self.id + NAMED, self.label, self.required, longest=LONGEST_NAME, hint=self.hint)


Field = Choice | Input


@dataclass(frozen=True, slots=True)
class Form:
    """What a button asks before it does its work."""

    title: str
    fields: tuple[Field, ...]
    submit: str
    intro: Line = ()


@dataclass(frozen=True, slots=True)
class Button:
    """Press → `Press(verb, args, fields)`. `verb` is one of `bot.presses.VERBS`; `args` are opaque ids."""

    verb: str
    label: str
    args: Mapping[str, str] = field(default_factory=dict)
    style: Literal["primary", "danger", "normal"] = "normal"
    form: Form | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """One message. `lead` is the first line: what is needed of the reader. `summary` is what a notification
    or a screen reader says (the point and the action). `id` is the live card's name, if it is one.
    """

    kind: str
    lead: Line
    summary: Line
    tone: Tone = "calm"
    blocks: tuple[Block, ...] = ()
    buttons: tuple[Button, ...] = ()
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Press:
    """A button pressed or a form sent by a person. `key` is unique per press (idempotency)."""

    by: str
    verb: str
    args: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    key: str | None = None
