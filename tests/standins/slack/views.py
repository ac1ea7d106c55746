"""views.open, .push, .update, .publish, and what a submission's answer may do.

Source: docs.slack.dev/surfaces/modals.
"""

from __future__ import annotations

import re

from tests.standins.slack.args import Args
from tests.standins.slack.blocks import HOME, MODAL, check_view, too_large
from tests.standins.slack.check import Json
from tests.standins.slack.errors import ApiError, missing
from tests.standins.slack.messages import stored
from tests.standins.slack.model import Trigger, View, Workspace

DEEPEST = 3  # views on top of each other


def checked(ws: Workspace, body: object, *surfaces: str, updating: str = "") -> Json:
    """A view that Slack would take. Raises `invalid_arguments` with all its faults."""
    faults = check_view(body, *surfaces)
    if faults:
        raise ApiError("invalid_arguments", faults)
    assert isinstance(body, dict)
    if too_large(body):
        raise ApiError("view_too_large")
    external = body.get("external_id")
    for view in [*ws.views.values(), *ws.homes.values()]:
        if external and view.open and view.id != updating and view.body.get("external_id") == external:
            raise ApiError("duplicate_external_id")
    return body


def _argument(args: Args) -> object:
    if args.values.get("view") in (None, ""):
        raise missing("view")
    return args.structure("view", "invalid_arguments")


def _handed_out(ws: Workspace, view: View, given: Json, root: str, previous: str | None) -> None:
    """Fill in what Slack adds to a view."""
    names = ws.settings
    body: Json = {"id": view.id, "team_id": names.team, "type": given["type"], "blocks": stored(given["blocks"])}
    for name, default in (("private_metadata", ""), ("callback_id", ""), ("external_id", "")):
        body[name] = given.get(name) or default
    for name in ("title", "submit", "close"):
        body[name] = given.get(name)
    for name in ("clear_on_close", "notify_on_close"):
        body[name] = given.get(name, False)
    body |= {"state": {"values": {}}, "hash": view.hash, "previous_view_id": previous, "root_view_id": root}
    view.body = body | {"app_id": names.app, "bot_id": names.bot, "app_installed_team_id": names.team}


def add(ws: Workspace, user: str, given: Json, stack: list[str]) -> View:
    """Put a new view on top of that person's stack."""
    view = View(ws.new_id("V"), {}, user, ws.new_hash())
    _handed_out(ws, view, given, stack[0] if stack else view.id, stack[-1] if stack else None)
    ws.views[view.id] = view
    stack.append(view.id)
    return view


def replace(ws: Workspace, view: View, given: Json) -> View:
    """Give a view a new version; what was typed stays where block_id and action_id do."""
    view.hash = ws.new_hash()
    _handed_out(ws, view, given, view.body.get("root_view_id", view.id), view.body.get("previous_view_id"))
    kept = {block["block_id"] for block in view.body["blocks"]}
    view.typed = {block: values for block, values in view.typed.items() if block in kept}
    return view


def close(ws: Workspace, user: str, *, everything: bool = False) -> list[View]:
    """Close that person's topmost modal, or all of them, topmost first."""
    stack = ws.stacks.get(user, [])
    closed = [ws.views[stack.pop()] for _ in range(len(stack) if everything else min(1, len(stack)))]
    for view in closed:
        view.open = False
    return closed


def exchange(ws: Workspace, args: Args) -> Trigger:
    """The trigger that the arguments name, used up. Raises what Slack says of bad, old and used ones."""
    key = args.text("trigger_id")
    trigger = ws.triggers.get(key)
    if not re.fullmatch(r"\d+\.\d+\.[0-9a-f]+", key) or trigger is None:
        raise ApiError("invalid_trigger_id")
    if trigger.used:
        raise ApiError("exchanged_trigger_id")
    if ws.now() - trigger.at > ws.settings.trigger_seconds:
        raise ApiError("expired_trigger_id")
    trigger.used = True
    return trigger


def open_view(ws: Workspace, args: Args) -> Json:
    """views.open: the view is checked first, so that a refused one does not use the trigger up."""
    given = checked(ws, _argument(args), MODAL)
    user = exchange(ws, args).user
    close(ws, user, everything=True)
    return {"view": add(ws, user, given, ws.stacks.setdefault(user, [])).body}


def push(ws: Workspace, args: Args) -> Json:
    """views.push: from inside an open modal, three deep at most."""
    given = checked(ws, _argument(args), MODAL)
    trigger = exchange(ws, args)
    stack = ws.stacks.get(trigger.user, [])
    if not trigger.view or trigger.view not in stack:
        raise ApiError("not_found")
    if len(stack) >= DEEPEST:
        raise ApiError("push_limit_reached")
    return {"view": add(ws, trigger.user, given, stack).body}


def _named(ws: Workspace, args: Args) -> View:
    view_id, external = args.maybe("view_id"), args.maybe("external_id")
    if bool(view_id) == bool(external):
        raise missing("view_id") if not view_id else ApiError("invalid_arguments", ["use view_id or external_id"])
    every = {**ws.views, **{home.id: home for home in ws.homes.values()}}
    for view in every.values():
        if view.open and (view.id == view_id or (external and view.body["external_id"] == external)):
            return view
    raise ApiError("not_found")


def update(ws: Workspace, args: Args) -> Json:
    """views.update."""
    given = _argument(args)
    view = _named(ws, args)
    body = checked(ws, given, view.body["type"], updating=view.id)
    if args.maybe("hash") not in ("", view.hash):
        raise ApiError("hash_conflict")
    return {"view": replace(ws, view, body).body}


def publish(ws: Workspace, args: Args) -> Json:
    """views.publish: one Home per person."""
    user, given = args.text("user_id"), _argument(args)
    person = ws.users.get(user)
    if person is None or person.deleted or person.is_bot or person.is_stranger:
        faults = ["user_not_found [json-pointer:/user_id]"]
        raise ApiError("invalid_arguments", faults)
    if not ws.settings.home_tab:
        raise ApiError("not_enabled")
    home = ws.homes.get(user)
    body = checked(ws, given, HOME, updating=home.id if home else "")
    if home is None:
        if args.maybe("hash"):
            raise ApiError("hash_conflict")
        home = ws.homes[user] = View(ws.new_id("V"), {}, user, "")
    elif args.maybe("hash") not in ("", home.hash):
        raise ApiError("hash_conflict")
    return {"view": replace(ws, home, body).body}


def answered(ws: Workspace, view: View, answer: object) -> str:
    """Carry out an app's answer to a submission. Returns why it cannot be done; empty if it was."""
    if answer in (None, "", {}):
        close(ws, view.user)
        return ""
    if not isinstance(answer, dict):
        return "the answer is no JSON object"
    action, stack = answer.get("response_action"), ws.stacks.get(view.user, [])
    allowed = {"errors": {"errors"}, "update": {"view"}, "push": {"view"}, "clear": set()}
    if action not in allowed:
        return f"unknown response_action: {action}"
    if unknown := set(answer) - {"response_action"} - allowed[action]:
        return f"unknown fields: {sorted(unknown)}"
    if action == "errors":
        return _wrong_errors(view, answer.get("errors"))
    if action == "clear":
        close(ws, view.user, everything=True)
        return ""
    try:
        given = checked(ws, answer.get("view"), MODAL, updating=view.id if action == "update" else "")
    except ApiError as error:
        return "; ".join([error.error, *error.messages])
    if action == "push" and len(stack) >= DEEPEST:
        return "push_limit_reached"
    if action == "update":
        replace(ws, view, given)
    else:
        add(ws, view.user, given, stack)
    return ""


def _wrong_errors(view: View, errors: object) -> str:
    """Errors stand under input blocks alone; others make Slack show trouble instead."""
    if not isinstance(errors, dict) or not errors:
        return "errors must be an object with at least one block_id"
    inputs = {block["block_id"] for block in view.body["blocks"] if block["type"] == "input"}
    for block, words in errors.items():
        if block not in inputs:
            return f"no input block has the block_id {block!r}"
        if not isinstance(words, str) or not words:
            return f"the error of {block!r} has no words"
    return ""
