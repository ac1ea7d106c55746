"""`backline plan`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from adapters.commands.terminal import language_of, say
from adapters.files import read_plan
from adapters.settings import load_settings
from bot.matrix import Role
from bot.plan import Level, Plan
from bot.wording.basics import role_name
from bot.wording.catalogue import Tongue, tongue

_WIDEST = 110  # longer lines are hard to read
# What the plan's parts are called; its own texts and the names of the roles come in the language chosen.
_WORDS: Mapping[str, tuple[str, str]] = {
    "version": ("version", "verzió"),
    "prepared": ("prepared by", "készítette"),
    "approved": ("approved by", "jóváhagyta"),
    "when": ("When", "Mikor"),
    "response": ("Response", "Teendő"),
    "rto": ("Recovery time (RTO)", "Helyreállítási idő (RTO)"),
    "factors": ("Critical success factors", "Kritikus sikertényezők"),
    "tell": ("Told", "Értesítést kap"),
    "contact": ("Contacted, must acknowledge", "Riasztjuk, vissza kell igazolnia"),
    "approve_too": ("May approve cover as well", "Szintén jóváhagyhat helyettesítést"),
    "ivr": ("Voicemail routing (IVR) counts as restored", "A hangpostára terelés (IVR) helyreállításnak számít"),
    "level": ("Level", "Szint"),
    "times": ("Timings", "Határidők"),
    "move": ("to move to a secure, private place", "átköltözni biztonságos, zavartalan helyre"),
    "move_answer": ("to say whether one can move", "megmondani, át tud-e költözni"),
    "cover_answer": ("to answer a request for cover", "válaszolni a helyettesítési kérésre"),
    "on_duty": ("from approval to being on duty", "a jóváhagyástól a szolgálatba állásig"),
    "acknowledge_open": ("to acknowledge, in opening hours", "visszaigazolni, nyitvatartási időben"),
    "acknowledge_closed": ("to acknowledge, outside them and on holidays", "visszaigazolni, azon kívül és ünnepnapon"),
    "ask_ratio": ("people asked for each open seat", "megkérdezett helyettes üres helyenként"),
    "warnings": ("RTO warnings at", "RTO-figyelmeztetés ennyinél"),
    "ladder": ("Escalation, one after another", "Eszkaláció, egymás után"),
    "rounds": ("rounds", "kör"),
    "permissions": ("Who may do what", "Ki mit tehet"),
    "scope": ("Told of a wide disruption", "Kiterjedt zavarról értesül"),
    "several": ("{0} or more out in each of {1} or more projects", "legalább {1} projektben legalább {0} fő kiesett"),
    "most": (
        "more than {0} of all agents out, in {1} or more projects",
        "az ügynökök több mint {0}-a kiesett, legalább {1} projektben",
    ),
    "report_for": ("report for somebody else", "más helyett jelenteni"),
    "approve": ("approve or decline cover", "helyettest jóváhagyni vagy elutasítani"),
    "release": ("release cover", "helyettest elengedni"),
    "declare": ("declare a level", "szintet megállapítani"),
    "stand_down": ("stand down", "lezárni"),
    "confirm_ivr": ("confirm voicemail routing (IVR)", "hangpostára terelést (IVR) megerősíteni"),
    "factor": ("answer for a critical success factor", "kritikus sikertényezőről nyilatkozni"),
    "roles": ("change the roles matrix", "a szerepkör-mátrixot módosítani"),
    "history": ("Version history", "Verziótörténet"),
    "reviews": ("Reviews", "Felülvizsgálatok"),
    "tested": ("tested every", "teszt ennyi időnként"),
    "reviewed": ("reviewed every", "felülvizsgálat ennyi időnként"),
}


def check(file: Path) -> None:
    """Say that a plan file is right, or raise `Problem` with every fault."""
    plan = read_plan(file)
    say(f"{file}: right. Plan {plan.version}, {len(plan.levels)} levels, digest {plan.digest[:12]}")


def show(file: Path | None, language: str | None) -> None:
    """Print the plan, by default the one in use. Raises `Problem`."""
    plan = read_plan(file or load_settings().plan)
    console = Console(highlight=False)
    console.width = min(console.width, _WIDEST)
    console.print(_Page(plan, tongue(language_of(language))).whole())


class _Page:
    """The plan as rich text in one language."""

    def __init__(self, plan: Plan, t: Tongue) -> None:
        self.plan = plan
        self.t = t

    def word(self, key: str) -> str:
        english, hungarian = _WORDS[key]
        return hungarian if self.t.language == "hu" else english

    def roles(self, roles: Iterable[str]) -> str:
        named = set(roles)
        return ", ".join(role_name(self.t, role) for role in Role if role in named)

    def whole(self) -> RenderableType:
        parts = (self.head(), *map(self.level, self.plan.levels.values()), self.times(), self.scope())
        return Group(*parts, self.ladder(), self.permissions(), self.history())

    def head(self) -> RenderableType:
        plan = self.plan
        document = plan.document
        lines = (
            f"{self.word('version')} {plan.version} · {plan.digest[:12]}",
            f"{self.word('prepared')}: {document.prepared_by} · {self.word('approved')}: {document.approved_by}",
            f"{self.word('tested')} {self.t.duration(document.test_every)}",
            f"{self.word('reviewed')} {self.t.duration(document.review_every)}",
        )
        return Group(Text(self.t.of(plan.title), "bold"), *map(Text, lines))

    def level(self, level: Level) -> RenderableType:
        rows = {
            "when": self.t.of(level.condition),
            "response": self.t.of(level.response),
            "rto": self.t.duration(level.rto),
            "factors": "\n".join(f"· {self.t.of(factor.text)}" for factor in level.factors),
            "tell": self.roles(level.tell),
            "contact": self.roles(level.contact),
            "approve_too": self.roles(level.approve),
            "ivr": "✓" if level.ivr else "",
        }
        return self.section(f"{self.word('level')} {level.number}", ((self.word(key), rows[key]) for key in rows))

    def times(self) -> RenderableType:
        plan, t = self.plan, self.t
        keys = ("move", "move_answer", "cover_answer", "on_duty", "acknowledge_open", "acknowledge_closed")
        rows = [(t.duration(getattr(plan.timings, key)), self.word(key)) for key in keys]
        rows.append((f"{float(plan.ask_ratio):g}", self.word("ask_ratio")))
        rows.append((", ".join(f"{percent} %" for percent in plan.rto_warnings), self.word("warnings")))
        return self.section(self.word("times"), rows)

    def scope(self) -> RenderableType:
        scope = self.plan.scope
        share = f"{float(scope.most_share):.0%}".replace("%", " %")
        rows = (
            (self.roles(scope.tell), self.word("several").format(scope.several_people, scope.several_projects)),
            (self.roles(scope.tell), self.word("most").format(share, scope.most_projects)),
        )
        return self.section(self.word("scope"), rows)

    def ladder(self) -> RenderableType:
        ladder = self.plan.ladder
        rows = [(f"{place}.", role_name(self.t, role)) for place, role in enumerate(ladder.rungs, start=1)]
        return self.section(f"{self.word('ladder')} ({ladder.rounds} {self.word('rounds')})", rows)

    def permissions(self) -> RenderableType:
        # "ivr" is a key of the levels too, where it says something else.
        rows = (
            (self.word("confirm_ivr" if action == "ivr" else action), self.roles(roles))
            for action, roles in self.plan.permissions.items()
        )
        return self.section(self.word("permissions"), rows)

    def history(self) -> RenderableType:
        document = self.plan.document
        rows = [(f"{each.version}  {each.date}", f"{each.description} ({each.author})") for each in document.changes]
        rows += [(str(each.date), f"{self.word('reviews')}: {each.reviewer}") for each in document.reviews]
        return self.section(self.word("history"), rows)

    def section(self, title: str, rows: Iterable[tuple[str, str]]) -> RenderableType:
        table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
        table.add_column(style="dim", max_width=34)
        table.add_column()
        for left, right in rows:
            if left and right:
                table.add_row(Text(left), Text(right))
        return Group(Text(f"\n{title}", "bold"), Padding(table, (0, 0, 0, 2)))
