"""The bodies that Graph takes, of the kinds that are played here.

Facts from Graph's own metadata (CSDL) and learn.microsoft.com/graph/api/resources.
"""

from __future__ import annotations

from tests.standins.graph.check import (
    Check,
    anything,
    array,
    boolean,
    integer,
    mapping,
    number,
    one_of,
    open_record,
    read_only,
    record,
    string,
    text,
)

TEXT = record(
    {
        "allowMultipleLines": boolean,
        "appendChangesToExistingText": boolean,
        "linesForEditing": integer,
        "maxLength": integer,
        "textType": one_of("plain", "richText"),
    },
    nullable=True,
)
NUMBER = record(
    {
        "decimalPlaces": one_of("automatic", "none", "one", "two", "three", "four", "five"),
        "displayAs": one_of("number", "percentage"),
        "maximum": number,
        "minimum": number,
    },
    nullable=True,
)
DATE_TIME = record(
    {"displayAs": one_of("default", "friendly", "standard"), "format": one_of("dateOnly", "dateTime")}, nullable=True
)
CHOICE = record(
    {
        "allowTextEntry": boolean,
        "choices": array(text),
        "displayAs": one_of("checkBoxes", "dropDownMenu", "radioButtons"),
    },
    nullable=True,
)
KINDS: dict[str, Check] = {
    "boolean": record({}, nullable=True),
    "choice": CHOICE,
    "dateTime": DATE_TIME,
    "number": NUMBER,
    "text": TEXT,
}
NOT_PLAYED = (
    "calculated", "contentApprovalStatus", "currency", "geolocation", "hyperlinkOrPicture", "lookup", "personOrGroup",
    "term", "thumbnail", "validation",
)  # fmt: skip
COLUMN = record(
    {
        **KINDS,
        **dict.fromkeys(NOT_PLAYED, anything),
        "columnGroup": string,
        "defaultValue": record({"formula": string, "value": string}, nullable=True),
        "description": string,
        "displayName": string,
        "enforceUniqueValues": boolean,
        "hidden": boolean,
        "id": read_only,
        "indexed": boolean,
        "isDeletable": boolean,
        "isReorderable": read_only,
        "isSealed": read_only,
        "name": string,
        "propagateChanges": boolean,
        "readOnly": boolean,
        "required": boolean,
        "sourceContentType": read_only,
        "type": read_only,
    }
)
_BASE_ITEM = dict.fromkeys(
    ("createdBy", "createdDateTime", "eTag", "id", "lastModifiedBy", "lastModifiedDateTime", "parentReference",
     "sharepointIds", "webUrl"),
    read_only,
)  # fmt: skip
_LIST = {
    **_BASE_ITEM,
    "description": string,
    "displayName": text,
    "list": record(
        {
            "contentTypesEnabled": boolean,
            "hidden": boolean,
            "template": one_of("genericList", "documentLibrary", "survey", "links", "announcements", "contacts",
                               "events", "tasks", "issueTracking"),
        },
        nullable=True,
    ),
    "name": string,
    "system": read_only,
}  # fmt: skip
LIST = record({**_LIST, "columns": array(COLUMN)}, ("displayName", "list"))
LIST_CHANGE = record(_LIST)
FIELDS = open_record({"id": read_only})
ITEM = record(
    {
        **_BASE_ITEM,
        "contentType": record({"id": string, "name": string}, nullable=True),
        "deleted": read_only,
        "description": string,
        "fields": FIELDS,
        "name": string,
    },
    ("fields",),
)
FOLDER = open_record({"name": text, "folder": anything, **dict.fromkeys(("size", "cTag", "root"), read_only)})
_WHO = record({"application": record({"id": text, "displayName": string})}, ("application",))
PERMISSION = record(
    {
        "grantedToIdentities": array(_WHO),
        "grantedToIdentitiesV2": array(_WHO),
        "roles": array(one_of("read", "write", "manage", "owner", "fullcontrol", nullable=False), 1),
    },
    ("roles",),
)
_PART = open_record({"id": text, "method": text, "url": text, "headers": mapping, "dependsOn": array(text)})
BATCH = record({"requests": array(_PART, 1)}, ("requests",))
