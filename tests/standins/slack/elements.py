"""Block Kit's composition objects and block elements.

Sources: docs.slack.dev/reference/block-kit/composition-objects and …/block-elements.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.standins.slack.check import (
    Check,
    Report,
    anything,
    array,
    boolean,
    integer,
    note,
    one_of,
    only_one,
    record,
    string,
    tagged,
)

ACTION_ID = string(255, 1)
URL = string(3000, 1, r"(https?|slack|mailto|tel):\S+")
DATE = string(10, 10, r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
TIME = string(5, 5, r"([01]\d|2[0-3]):[0-5]\d")
KINDS = ("plain_text", "mrkdwn")


def text(maximum: int, *kinds: str, minimum: int = 1) -> Check:
    """A text object of one of the kinds (both if none is named)."""
    allowed = kinds or KINDS
    shapes = {
        "plain_text": record({"type": anything, "text": string(maximum, minimum)}, {"emoji": boolean}),
        "mrkdwn": record({"type": anything, "text": string(maximum, minimum)}, {"verbatim": boolean}),
    }

    def check(value: object, pointer: str, report: Report) -> None:
        faults: Report = []
        if isinstance(value, dict) and value.get("type") in KINDS and value["type"] not in allowed:
            note(faults, "must be a valid enum value", f"{pointer}/type")
        else:
            tagged(shapes)(value, pointer, faults)
        if faults:  # Slack says both: that the object fails, and why
            note(report, "failed to match all allowed schemas", pointer)
            report += faults

    return check


def plain(maximum: int, minimum: int = 1) -> Check:
    """A plain_text object."""
    return text(maximum, "plain_text", minimum=minimum)


CONFIRM = record(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": one_of("primary", "danger")},
)
PLACEHOLDER = plain(150)


def option(*kinds: str, url: bool = False) -> Check:
    """An option object; `url` in overflow menus only, mrkdwn in radio buttons and checkboxes only."""
    may: dict[str, Check] = {"description": text(75, *kinds)}
    if url:
        may["url"] = URL
    return record({"text": text(75, *kinds), "value": string(150, 1)}, may)


OPTION = option("plain_text")
GROUP = record({"label": plain(75), "options": array(OPTION, 1, 100)})


def initially_offered(value: object, pointer: str, report: Report) -> None:
    """What is selected at first must be among what is offered, field by field."""
    if not isinstance(value, dict):
        return
    offered = [entry for entry in value.get("options") or [] if isinstance(entry, dict)]
    for group in value.get("option_groups") or []:
        if isinstance(group, dict):
            offered += [entry for entry in group.get("options") or [] if isinstance(entry, dict)]
    values = [entry["value"] for entry in offered if "value" in entry]
    if len(set(map(str, values))) < len(values):
        note(report, "Input contains duplicate items", f"{pointer}/options")
    chosen = value.get("initial_options")
    if "initial_option" in value and value["initial_option"] not in offered:
        note(report, "must be one of the provided options", f"{pointer}/initial_option")
    if isinstance(chosen, list) and (not chosen or any(entry not in offered for entry in chosen)):
        note(report, "must be one of the provided options", f"{pointer}/initial_options")


def _static(value: object, pointer: str, report: Report) -> None:
    only_one("options", "option_groups")(value, pointer, report)
    initially_offered(value, pointer, report)


COMMON: dict[str, Check] = {"action_id": ACTION_ID, "confirm": CONFIRM, "focus_on_load": boolean}
FILTER = record(
    {},
    {
        "include": array(one_of("im", "mpim", "private", "public"), 1),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)
USER, CHANNEL = string(None, 1, r"[UW][A-Z0-9]+"), string(None, 1, r"[CDG][A-Z0-9]+")


def _element(
    required: Mapping[str, Check] | None = None, optional: Mapping[str, Check] | None = None, extra: Check | None = None
) -> Check:
    return record({"type": anything} | dict(required or {}), COMMON | dict(optional or {}), extra)


def _single(optional: Mapping[str, Check], extra: Check | None = None) -> Check:
    return _element({}, {"placeholder": PLACEHOLDER, **optional}, extra)


def _multi(optional: Mapping[str, Check], extra: Check | None = None) -> Check:
    return _single({"max_selected_items": integer(1), **optional}, extra)


OPTIONS: dict[str, Check] = {"options": array(OPTION, 1, 100), "option_groups": array(GROUP, 1, 100)}
BUTTON = record(
    {"type": anything, "text": plain(75)},
    {
        "action_id": ACTION_ID,
        "value": string(2000),
        "url": URL,
        "style": one_of("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
    },
)
SLACK_FILE = record({}, {"id": string(None, 1), "url": URL}, only_one("id", "url"))
IMAGE = record(
    {"type": anything, "alt_text": string(2000, 1)},
    {"image_url": string(3000, 1, r"https?://\S+"), "slack_file": SLACK_FILE},
    only_one("image_url", "slack_file"),
)
SELECTS: dict[str, Check] = {
    "static_select": _single(OPTIONS | {"initial_option": OPTION}, _static),
    "external_select": _single({"initial_option": OPTION, "min_query_length": integer(0)}),
    "users_select": _single({"initial_user": USER}),
    "conversations_select": _single(
        {
            "initial_conversation": string(None, 1, r"[CDGUW][A-Z0-9]+"),
            "default_to_current_conversation": boolean,
            "response_url_enabled": boolean,
            "filter": FILTER,
        },
    ),
    "channels_select": _single({"initial_channel": CHANNEL, "response_url_enabled": boolean}),
}
MULTI_SELECTS: dict[str, Check] = {
    "multi_static_select": _multi(OPTIONS | {"initial_options": array(OPTION, 1, 100)}, _static),
    "multi_external_select": _multi({"initial_options": array(OPTION, 1), "min_query_length": integer(0)}),
    "multi_users_select": _multi({"initial_users": array(USER, 1)}),
    "multi_conversations_select": _multi(
        {
            "initial_conversations": array(string(None, 1), 1),
            "default_to_current_conversation": boolean,
            "filter": FILTER,
        },
    ),
    "multi_channels_select": _multi({"initial_channels": array(CHANNEL, 1)}),
}
RICH_OPTION = option()
CHOICES: dict[str, Check] = {
    "checkboxes": _element(
        {"options": array(RICH_OPTION, 1, 10)}, {"initial_options": array(RICH_OPTION, 1, 10)}, initially_offered
    ),
    "radio_buttons": _element(
        {"options": array(RICH_OPTION, 1, 10)}, {"initial_option": RICH_OPTION}, initially_offered
    ),
}
PICKERS: dict[str, Check] = {
    "datepicker": _element({}, {"initial_date": DATE, "placeholder": PLACEHOLDER}),
    "timepicker": _element({}, {"initial_time": TIME, "placeholder": PLACEHOLDER, "timezone": string(None, 1)}),
}
DATETIME = _element({}, {"initial_date_time": integer(1_000_000_000, 9_999_999_999)})
OVERFLOW = record(
    {"type": anything, "options": array(option("plain_text", url=True), 1, 5)},
    {"action_id": ACTION_ID, "confirm": CONFIRM},
)
DISPATCH = record({}, {"trigger_actions_on": array(one_of("on_enter_pressed", "on_character_entered"), 1)})


def _sensible_lengths(value: object, pointer: str, report: Report) -> None:
    if isinstance(value, dict):
        low, high, first = value.get("min_length", 0), value.get("max_length", 3000), value.get("initial_value", "")
        if isinstance(low, int) and isinstance(high, int) and isinstance(first, str):
            if low > high:
                note(report, f"must be less than {high + 1}", f"{pointer}/min_length")
            if len(first) > high:
                note(report, f"must be less than {high + 1} characters", f"{pointer}/initial_value")


def _typed(optional: Mapping[str, Check], required: Mapping[str, Check] | None = None) -> Check:
    may = {
        "action_id": ACTION_ID,
        "initial_value": string(3000),
        "dispatch_action_config": DISPATCH,
        "focus_on_load": boolean,
        "placeholder": PLACEHOLDER,
    }
    return record({"type": anything} | dict(required or {}), may | dict(optional), _sensible_lengths)


TYPED: dict[str, Check] = {
    "plain_text_input": _typed({"multiline": boolean, "min_length": integer(0, 3000), "max_length": integer(1, 3000)}),
    "email_text_input": _typed({}),
    "url_text_input": _typed({}),
    "number_input": _typed({"min_value": string(), "max_value": string()}, {"is_decimal_allowed": boolean}),
    "rich_text_input": record(
        {"type": anything},
        {
            "action_id": ACTION_ID,
            "initial_value": anything,
            "dispatch_action_config": DISPATCH,
            "focus_on_load": boolean,
            "placeholder": PLACEHOLDER,
        },
    ),
}
FILES = record(
    {"type": anything}, {"action_id": ACTION_ID, "filetypes": array(string(None, 1), 1), "max_files": integer(1, 10)}
)

IN_SECTION = {"button": BUTTON, "image": IMAGE, "overflow": OVERFLOW} | SELECTS | MULTI_SELECTS | CHOICES | PICKERS
IN_ACTIONS = {"button": BUTTON, "overflow": OVERFLOW, "datetimepicker": DATETIME} | SELECTS | CHOICES | PICKERS
IN_INPUT = {"datetimepicker": DATETIME, "file_input": FILES} | SELECTS | MULTI_SELECTS | CHOICES | PICKERS | TYPED
