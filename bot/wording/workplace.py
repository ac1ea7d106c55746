"""The card of a person whose workplace is unusable: what counts now, and what they can do. PLAN §2 "Agents"."""

from __future__ import annotations

from bot.cards import Block, Button, Card, Choice, Facts, Field, Form, Input, Instant, Line, Mention, Option, Text
from bot.ports import Notice
from bot.presses import LONGEST_WORDS
from bot.situation import Workplace
from bot.wording.basics import Reader, View, cause_name, causes, managers, names, receipt_number
from bot.wording.catalogue import Tongue


def workplace(notice: Notice, view: View, reader: Reader) -> Card:
    """The card `workplace:<receipt>`, from what is known of that report now."""
    receipt = int(notice.data["receipt"])
    known = view.state.workplaces.get(notice.to)
    if known is None or known.receipt != receipt:
        return _over(notice, receipt, view, reader)
    t, by = reader.tongue, notice.data.get("by")
    lead = _lead(t, known, view)
    facts: list[tuple[str, Line]] = [
        (t.text("Receipt"), (receipt_number(receipt),)),
        (t.text("Reported"), (Instant(known.reported_at, "datetime"),)),
    ]
    if by and by != notice.to:
        facts.append((t.text("Reported by"), (Mention(by),)))
    facts.append((t.text("Cause"), (cause_name(t, known.cause),)))
    if known.projects:
        facts.append((t.text("Projects"), (", ".join(view.project(one) for one in known.projects),)))
    blocks: tuple[Block, ...] = (Text(_next(t, known, view)), Facts(tuple(facts)))
    summary = (*lead, " ", *t.say("Receipt {receipt}.", receipt=receipt_number(receipt)))
    return Card(notice.kind, lead, summary, "attention", blocks, _buttons(t, known, view), notice.card)


def _lead(t: Tongue, known: Workplace, view: View) -> Line:
    if known.out:
        return t.say("You count as out. Tell us as soon as you can work again.")
    if known.can_move:
        due = Instant(known.move_due, "countdown")
        return t.say("Move to a secure, private place by {due}, then press “I have moved”.", due=due)
    time = t.duration(view.rules.plan.timings.move)
    return t.say("Can you move to a secure, private place within {time}?", time=time)


def _next(t: Tongue, known: Workplace, view: View) -> Line:
    """What happens now, and who knows."""
    if not known.projects:
        return t.say("Your report is recorded. You will not be asked to cover until you can work again.")
    line = names(t, managers(view, known.projects))
    if known.out:
        return t.say(
            "Your report is recorded. Informed: {people}. Backups are being asked to take your seat.", people=line
        )
    if known.can_move is None and known.answer_due:
        due = Instant(known.answer_due, "countdown")
        return t.say(
            "Your report is recorded. Informed: {people}. Please answer by {due}: without an answer you count as out.",
            people=line,
            due=due,
        )
    return t.say(
        "Your report is recorded. Informed: {people}. Backups are asked if you have not moved in time.", people=line
    )


def _over(notice: Notice, receipt: int, view: View, reader: Reader) -> Card:
    t, cleared = reader.tongue, view.state.cleared.get(notice.to)
    number = receipt_number(receipt)
    if cleared is None or cleared.receipt != receipt:
        lead = t.say("Report {receipt} is closed.", receipt=number)
        return Card(notice.kind, lead, lead, "done", (), (), notice.card)
    lead = (
        t.say("Thank you: you work again, from another place.")
        if cleared.how == "moved"
        else t.say("Thank you: your workplace is usable again.")
    )
    facts: list[tuple[str, Line]] = [
        (t.text("Receipt"), (number,)),
        (t.text("Works again"), (Instant(cleared.at, "datetime"),)),
    ]
    if cleared.by and cleared.by != notice.to:
        facts.append((t.text("Reported by"), (Mention(cleared.by),)))
    return Card(notice.kind, lead, lead, "done", (Facts(tuple(facts)),), (), notice.card)


def _buttons(t: Tongue, known: Workplace, view: View) -> tuple[Button, ...]:
    args = {"person": known.person, "receipt": str(known.receipt)}
    asked = known.can_move is None and not known.out
    moved = Button("moved", t.text("I have moved"), args, "normal" if asked else "primary")
    buttons: list[Button] = []
    if asked:
        buttons.append(Button("move_yes", t.text("Yes, I can move"), args, "primary"))
    elif known.out and view.now < known.move_due:
        buttons.append(Button("move_yes", t.text("I can move after all"), args))
    if not known.out:
        label = t.text("No, I cannot move") if asked else t.text("I cannot move after all")
        buttons.append(Button("move_no", label, args))
    buttons.insert(len(buttons) if asked else 0, moved)
    buttons.append(Button("restored", t.text("I can work again"), args))
    if known.cause is None:
        buttons.append(Button("cause", t.text("Give the cause"), args, form=_cause_form(t)))
    return tuple(buttons)


def _cause_form(t: Tongue) -> Form:
    return Form(t.text("What happened?"), (Choice("cause", t.text("Cause"), causes(t)),), t.text("Save cause"))


def report_form(t: Tongue, time: str) -> Form:
    """What the report button asks; nothing of it has to be filled in."""
    fields = report_fields(t, t.text("Can you move within {time}?", time=time))
    return Form(
        t.text("Report workplace"), fields, t.text("Report"), t.say("Whatever you leave out can be told later.")
    )


def report_fields(t: Tongue, can_move: str) -> tuple[Field, ...]:
    """What is asked about an unusable workplace; `can_move`: the question whether its person can move."""
    answers = (Option("yes", t.text("Yes")), Option("no", t.text("No")))
    return (
        Choice("cause", t.text("What happened?"), causes(t), required=False),
        Choice("can_move", can_move, answers, required=False),
        Input("words", t.text("In your words"), required=False, multiline=True, longest=LONGEST_WORDS),
    )
