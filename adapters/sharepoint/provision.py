"""`backline sharepoint provision`: make or check lists, columns and the folder. Again changes nothing that is right."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from adapters.sharepoint.failure import GraphFailed
from adapters.sharepoint.schema import LISTS, Fault, ListSpec, definition, list_definition, titles
from adapters.sharepoint.site import Site
from adapters.sharepoint.story import folder_name
from adapters.sharepoint.words import Words

DENIED = (
    "Graph says that this app may not make lists on the site (403). Making lists and columns needs the role manage or "
    "fullcontrol on it, once: an administrator grants it, then writes the role back to write. "
    "docs/how-to/sharepoint.md, step 2, has the commands"
)


class NotAllowed(Exception):
    """The app may not make lists here; the message says what an administrator is to do."""


async def provision(site: Site, words: Words) -> AsyncIterator[str]:
    """Make what is missing; a line for each thing done or found. Raises `NotAllowed`, `GraphFailed`."""
    try:
        async for line in _provision(site, words):
            yield line
    except GraphFailed as failed:
        if failed.status == 403:  # noqa: PLR2004 - HTTP: forbidden
            raise NotAllowed(DENIED) from failed
        raise


async def _provision(site: Site, words: Words) -> AsyncIterator[str]:
    wrong = await site.look()
    for spec in LISTS:
        title = words.t.text(spec.title)
        mine = [fault for fault in wrong if fault.spec is spec]
        if any(fault.kind == "list" for fault in mine):
            await _make_list(site, spec, title, words)
            yield f"made list {spec.name} ({title}) with {len(spec.all_columns)} columns"
            continue
        if not mine:
            yield f"list {spec.name} ({site.found[spec.name].title}) is as it must be"
        for fault in mine:
            yield await _mend(site, fault, words)
    folder = folder_name(words)
    await site.make_folder(folder)
    yield f"folder {folder} is in the document library"
    if left := await site.look():
        raise GraphFailed(400, "not_mended", "; ".join(map(str, left)))


async def _make_list(site: Site, spec: ListSpec, title: str, words: Words) -> None:
    """With short ASCII names first, then what people see: the internal names might follow that."""
    made = await site.post("/lists", list_definition(spec))
    path = f"/lists/{made['id']}"
    for name, shown in titles(spec, words).items():
        await _call(site, f"{path}/columns/{name}", shown)
    await _call(site, path, title)


async def _call(site: Site, path: str, shown: str) -> None:
    """Give something the name that people see; with its internal one it works as well."""
    try:
        await site.patch(path, {"displayName": shown})
    except GraphFailed as failed:
        if failed.status not in (400, 405, 409):  # SharePoint keeps the name, or has it already
            raise


async def _mend(site: Site, fault: Fault, words: Words) -> str:
    """One column."""
    spec, column = fault.spec, fault.column
    assert column is not None  # noqa: S101 - a missing list was made whole
    path = f"/lists/{site.found[spec.name].id}/columns"
    match fault.kind:
        case "column":
            await site.post(path, definition(column))
            await _call(site, f"{path}/{column.name}", titles(spec, words)[column.name])
            return f"made column {column.name} of list {spec.name}"
        case "index" | "unique":
            change: Mapping[str, bool] = {"indexed": True}
            if column.unique:
                await site.patch(f"{path}/{column.name}", change)
                change = {"enforceUniqueValues": True}
            await site.patch(f"{path}/{column.name}", change)
            return f"mended column {column.name} of list {spec.name}"
        case _:
            return (
                f"{fault}: Graph cannot change that. In SharePoint, delete the column (what stands in it is written "
                "again only for a new list), and provision again"
            )
