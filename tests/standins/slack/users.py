"""users.… and auth.test, api.test. Source: docs.slack.dev/reference/methods/users.…, …/auth.test, …/api.test."""

from __future__ import annotations

from tests.standins.slack.args import Args
from tests.standins.slack.check import Json
from tests.standins.slack.conversations import page
from tests.standins.slack.errors import ApiError
from tests.standins.slack.model import User, Workspace


def shape(ws: Workspace, user: User, *, locale: bool) -> Json:
    """A person as the API shows them: the e-mail address only with `users:read.email`, never of strangers."""
    team = user.team or ws.settings.team
    profile: Json = {"real_name": user.real_name, "display_name": user.name, "team": team}
    if user.email and not user.is_stranger and "users:read.email" in ws.settings.scopes:
        profile["email"] = user.email
    shown: Json = {"id": user.id, "team_id": team, "name": user.name, "real_name": user.real_name, "profile": profile}
    shown |= {"deleted": user.deleted, "is_bot": user.is_bot, "is_app_user": False, "updated": 1_700_000_000}
    if user.is_stranger:
        return shown | {"is_stranger": True}
    if not user.deleted:
        shown |= {"tz": user.tz, "tz_label": user.tz, "tz_offset": user.tz_offset, "is_admin": user.is_admin}
        shown |= {"is_owner": False, "is_primary_owner": False, "is_email_confirmed": bool(user.email)}
        shown |= {"is_restricted": user.is_restricted, "is_ultra_restricted": user.is_ultra_restricted}
    if locale and not user.deleted:
        shown["locale"] = user.locale
    return shown


def info(ws: Workspace, args: Args) -> Json:
    """users.info."""
    user = ws.users.get(args.text("user"))
    if user is None:
        raise ApiError("user_not_found")
    return {"user": shape(ws, user, locale=args.flag("include_locale"))}


def by_email(ws: Workspace, args: Args) -> Json:
    """users.lookupByEmail: active members only, whatever the case of the letters."""
    email = args.text("email").lower()
    for user in ws.users.values():
        if user.email.lower() == email and not (user.deleted or user.is_stranger):
            return {"user": shape(ws, user, locale=False)}
    raise ApiError("users_not_found")


def listing(ws: Workspace, args: Args) -> Json:
    """users.list."""
    shown, following = page(args, list(ws.users.values()), 1000, default=1000)
    locale = args.flag("include_locale")
    found = [shape(ws, user, locale=locale) for user in shown]
    return {"members": found, "cache_ts": int(ws.now()), "response_metadata": {"next_cursor": following}}


def auth_test(ws: Workspace, _: Args) -> Json:
    """auth.test, with a bot token."""
    names = ws.settings
    answer = {"url": f"https://{names.domain}.example.com/", "team": names.domain, "user": "backline"}
    return answer | {
        "team_id": names.team,
        "user_id": names.bot_user,
        "bot_id": names.bot,
        "is_enterprise_install": False,
    }


def api_test(_: Workspace, args: Args) -> Json:
    """api.test: gives the arguments back, or the error asked for."""
    if args.maybe("error"):
        raise ApiError(args.maybe("error"), args=args.values)
    return {"args": args.values}
