"""The document library: files by path or id, put, read, listed, deleted.

Sources: learn.microsoft.com/graph/api/driveitem-put-content, …-get-content, …-list-children; file names:
support.microsoft.com "Restrictions and limitations in OneDrive and SharePoint".
"""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote

from tests.standins.graph import schemas
from tests.standins.graph.asked import Answer, Asked
from tests.standins.graph.errors import GraphError, Json, bad, invalid, missing, taken
from tests.standins.graph.model import File, Tenant, guid

MOST = 250 * 1024**2
_UNFIT = re.compile(r'["*:<>?\\|\x00-\x1f]')


def drive(asked: Asked) -> Answer:
    """GET the site's drive."""
    asked.site("read")
    return Answer(200, _drive(asked.tenant))


def drives(asked: Asked) -> Answer:
    """GET the site's drives."""
    asked.site("read")
    return Answer(200, {"value": [_drive(asked.tenant)]})


def _drive(tenant: Tenant) -> Json:
    address = f"https://{tenant.settings.host}/sites/{tenant.settings.site}/Shared%20Documents"
    return {"id": tenant.drive_id, "driveType": "documentLibrary", "name": "Documents", "webUrl": address}


def _allowed(asked: Asked, level: str) -> None:
    """Refuse another drive, or a caller who may not."""
    asked.may("read")
    if asked.params["drive"] != asked.tenant.drive_id:
        raise missing()
    asked.may(level)


def _path(asked: Asked) -> str:
    """The path that is meant, without a slash in front; a file's id stands for its path."""
    if "path" in asked.params:
        return asked.params["path"].replace("\0", "/").strip("/")
    key = asked.params["key"]
    if key == "root":
        return ""
    for file in asked.tenant.files.values():
        if file.id == key:
            return file.path
    for folder in asked.tenant.folders:
        if guid(f"folder {folder}") == key:
            return folder
    raise missing()


def _checked(path: str) -> str:
    """The path, if SharePoint takes it."""
    parts = path.split("/")
    if not path or any(not one or one != one.strip() or one.endswith(".") or _UNFIT.search(one) for one in parts):
        raise invalid("The provided name is not valid.")
    if len(path) > 400 or any(len(one) > 255 for one in parts):
        raise invalid("The provided path is too long.")
    return path


def shown(tenant: Tenant, file: File) -> Json:
    """A file as Graph shows it."""
    folder, _, name = file.path.rpartition("/")
    return {
        "@microsoft.graph.downloadUrl": f"{tenant.address}/download/{file.id}",
        "createdDateTime": file.created,
        "cTag": f'"c:{{{file.id}}},{file.version}"',
        "eTag": etag(file),
        "id": file.id,
        "lastModifiedBy": file.by,
        "lastModifiedDateTime": file.modified,
        "name": name,
        "parentReference": {"driveId": tenant.drive_id, "path": f"/drives/{tenant.drive_id}/root:/{quote(folder)}"},
        "size": len(file.content),
        "webUrl": f"{_drive(tenant)['webUrl']}/{quote(file.path)}",
        "file": {
            "mimeType": file.media,
            "hashes": {"sha256Hash": hashlib.sha256(file.content).hexdigest().upper()},
        },
    }


def etag(file: File) -> str:
    """`"{id},version"`."""
    return f'"{{{file.id}}},{file.version}"'


def _folder(tenant: Tenant, path: str) -> Json:
    inside = sum(1 for one in [*tenant.files, *tenant.folders] if one and one.rpartition("/")[0] == path)
    body: Json = {"id": guid(f"folder {path}"), "name": path.rpartition("/")[2] or "root"}
    body |= {"folder": {"childCount": inside}, "parentReference": {"driveId": tenant.drive_id}}
    return body | ({} if path else {"root": {}})


def get(asked: Asked) -> Answer:
    """GET a file's or a folder's description."""
    _allowed(asked, "read")
    path, tenant = _path(asked), asked.tenant
    if path in tenant.folders:
        return Answer(200, _folder(tenant, path))
    return Answer(200, shown(tenant, _file(asked)))


def _file(asked: Asked) -> File:
    file = asked.tenant.files.get(_path(asked))
    if file is None:
        raise missing()
    return file


def content(asked: Asked) -> Answer:
    """GET what is in a file: a redirect to an address that needs no token."""
    _allowed(asked, "read")
    return Answer(302, None, {"Location": f"{asked.tenant.address}/download/{_file(asked).id}"})


def children(asked: Asked) -> Answer:
    """GET what is in a folder."""
    _allowed(asked, "read")
    path, tenant = _path(asked), asked.tenant
    if path not in tenant.folders:
        raise missing()
    folders = [one for one in sorted(tenant.folders) if one and one.rpartition("/")[0] == path]
    files = [one for key, one in sorted(tenant.files.items()) if key.rpartition("/")[0] == path]
    return Answer(200, {"value": [_folder(tenant, one) for one in folders] + [shown(tenant, one) for one in files]})


def put(asked: Asked) -> Answer:
    """PUT a file's content; folders on the way are made."""
    _allowed(asked, "write")
    asked.known("@microsoft.graph.conflictBehavior", "@name.conflictBehavior")
    tenant = asked.tenant
    if len(asked.raw) > MOST:
        raise GraphError(413, "invalidRequest", "The file is too big for one request; use an upload session.")
    media = asked.headers.get("content-type", "").partition(";")[0].strip()
    if not media:
        raise bad("A Content-Type is needed.")
    path = _checked(_path(asked))
    if path in tenant.folders:
        raise taken()
    there = tenant.files.get(path)
    if there is not None:
        asked.matches(etag(there))
        there = _conflict(asked, there)
    elif asked.headers.get("if-match"):
        raise missing()
    if there is None and path in tenant.files:
        path = _another(tenant, path)
    file = written(tenant, path, asked.raw, tenant.app())
    file.media = media
    return Answer(200 if file.version > 1 else 201, shown(tenant, file))


def _conflict(asked: Asked, there: File) -> File | None:
    """What `conflictBehavior` says about a file that is there: the file to write over, None for another name."""
    names = ("@microsoft.graph.conflictBehavior", "@name.conflictBehavior")
    behaviour = next((asked.query[name] for name in names if name in asked.query), "replace")
    if behaviour == "fail":
        raise taken()
    if behaviour == "rename":
        return None
    if behaviour != "replace":
        raise bad(f"The conflictBehavior '{behaviour}' is not known.")
    if there.locked:
        raise locked()
    return there


def locked() -> GraphError:
    """423: somebody has it open."""
    return GraphError(423, "resourceLocked", "The resource you are attempting to access is locked", "lockMismatch")


def _another(tenant: Tenant, path: str) -> str:
    stem, dot, ending = path.rpartition(".")
    return next(
        name
        for name in (f"{stem or ending} {number}{dot}{ending}" for number in range(1, 1000))
        if name not in tenant.files
    )


def written(tenant: Tenant, path: str, data: bytes, by: Json) -> File:
    """Write a file, whoever does it."""
    parts = path.split("/")[:-1]
    tenant.folders |= {"/".join(parts[: depth + 1]) for depth in range(len(parts))}
    there, when = tenant.files.get(path), tenant.stamp()
    if there is None:
        there = tenant.files[path] = File(tenant.new_id(), path, data, 0, when, when, by)
    there.content, there.modified, there.by = data, when, by
    there.version += 1
    there.sizes.append(len(data))
    return there


def delete(asked: Asked) -> Answer:
    """DELETE a file."""
    _allowed(asked, "write")
    file = _file(asked)
    asked.matches(etag(file))
    if file.locked:
        raise locked()
    del asked.tenant.files[file.path]
    return Answer(204)


def make_folder(asked: Asked) -> Answer:
    """POST children: a folder."""
    _allowed(asked, "write")
    parent, given = _path(asked), asked.body(schemas.FOLDER)
    if "folder" not in given:
        raise invalid("Only folders are made this way; files are put.")
    path = _checked(f"{parent}/{given['name']}".strip("/"))
    there = path in asked.tenant.folders or path in asked.tenant.files
    if there and given.get("@microsoft.graph.conflictBehavior", "fail") == "fail":
        raise taken()
    asked.tenant.folders.add(path)
    return Answer(201, _folder(asked.tenant, path))
