"""The command line: what each command takes. What it does is in `adapters.commands`, loaded when it is asked for."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from adapters.problem import Problem
from adapters.settings import InvalidSettings
from bot.ports import StoreError

BAD_INPUT, BUG, INTERRUPTED = 2, 70, 130

app = typer.Typer(
    name="backline",
    help="Keeps a remote call centre answering when workplaces go dark. Begin with: backline run",
    epilog="Settings are environment variables or a .env file: docs/reference/settings.md",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
plan_app = typer.Typer(help="Check the continuity plan, or show it as a person reads it.", no_args_is_help=True)
company_app = typer.Typer(help="Check the company file, or make one with people from CSV.", no_args_is_help=True)
log_app = typer.Typer(help="The incident log: what happened, and whether the record is whole.")
db_app = typer.Typer(help="The database.", no_args_is_help=True)
manifest_app = typer.Typer(help="App manifests, filled in for this installation.", no_args_is_help=True)
sharepoint_app = typer.Typer(help="The company's records in SharePoint.", no_args_is_help=True)
app.add_typer(plan_app, name="plan")
app.add_typer(company_app, name="company")
app.add_typer(log_app, name="log")
app.add_typer(db_app, name="db")
app.add_typer(sharepoint_app, name="sharepoint")
app.add_typer(manifest_app, name="manifest")


class Language(StrEnum):
    """The languages of the texts."""

    EN = "en"
    HU = "hu"


AnyFile = Annotated[Path, typer.Argument(metavar="FILE", help="A TOML file.", show_default=False)]
LanguageOption = Annotated[
    Language | None, typer.Option("--language", "-l", help="en or hu.", show_default="that of the terminal")
]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command, by default that of `sys.argv`; what goes wrong becomes lines on stderr and an exit code."""
    try:
        app(arguments)
    except (Problem, InvalidSettings, StoreError) as error:
        _complain(str(error), BAD_INPUT)
    except BrokenPipeError:  # somebody has read enough, as `| head` does
        sys.stdout = None
        os._exit(0)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:
        if os.environ.get("BACKLINE_LOG_LEVEL", "").lower() == "debug":
            raise
        what = " ".join(f"{type(error).__name__}: {error}".split())
        _complain(f"{what}\nThis is a fault in Backline. For the details: BACKLINE_LOG_LEVEL=debug", BUG)


def _complain(text: str, code: int) -> None:
    for line in text.splitlines():
        print(line, file=sys.stderr)
    sys.exit(code)


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - Typer passes the flag by position
    if wanted:
        from importlib.metadata import version

        print(f"backline {version('backline')}")
        raise typer.Exit


@app.callback()
def backline(
    _version: Annotated[
        bool, typer.Option("--version", help="Say the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Keeps a remote call centre answering when workplaces go dark. Begin with: backline run"""


@app.command()
def run() -> None:
    """Serve everything that has credentials; with no chat credentials, the practice desk on http://127.0.0.1:8080.

    Ends on Ctrl+C or SIGTERM, after what was begun is finished.
    """
    from adapters.commands.run import run as work

    work()


@app.command()
def doctor() -> None:
    """Check settings, plan, company, database, clock, and Slack, Teams, SharePoint where set: a line each, exit code 1
    if one fails.
    """
    from adapters.commands.doctor import doctor as work

    raise typer.Exit(work())


@plan_app.command("check")
def plan_check(file: AnyFile) -> None:
    """Every fault of a plan file, each with its path; exit code 2 if there is one."""
    from adapters.commands.plan import check

    check(file)


@plan_app.command("show")
def plan_show(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A plan file.", show_default="the plan in use")
    ] = None,
    language: LanguageOption = None,
) -> None:
    """The plan as a person reads it: levels, timings, who is told, who may do what, its history."""
    from adapters.commands.plan import show

    show(file, language)


@company_app.command("check")
def company_check(file: AnyFile) -> None:
    """Every fault of a company file, each with its path; exit code 2 if there is one."""
    from adapters.commands.company import check

    check(file)


@company_app.command("import")
def company_import(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…", help="One company file (TOML), and CSV files with more people.", show_default=False
        ),
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write there.", show_default="to the terminal")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file that is there.")] = False,
) -> None:
    """Join one company file and people from CSV into one checked company file."""
    from adapters.commands.company import join

    join(files, out, replace=force)


@app.command()
def simulate(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Scenario files (YAML).", show_default=False)],
    plan: Annotated[
        Path | None,
        typer.Option("--plan", metavar="FILE", help="Try this plan instead of each file's own.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, a line a file.")] = False,
) -> None:
    """Run scenario files: 0 if all went as expected, 1 if an expectation failed, 2 if a file is faulty."""
    from adapters.commands.simulate import simulate as work

    raise typer.Exit(work(files, plan, as_json=as_json))


@log_app.callback(invoke_without_command=True)
def log(
    context: typer.Context,
    incident: Annotated[
        str | None,
        typer.Option("--incident", "-i", metavar="N", help="Only this one, like 2026-0042.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line: seq, at, type, data, hash.")] = False,
    language: LanguageOption = None,
    zone: Annotated[str, typer.Option("--zone", "-z", help="Show times in this zone, like Europe/Budapest.")] = "UTC",
) -> None:
    """The incident log, oldest first, in words. Works beside a running Backline."""
    if context.invoked_subcommand is None:
        from adapters.commands.log import show

        show(incident, as_json=as_json, language=language, zone=zone)


@log_app.command("verify")
def log_verify(
    known: Annotated[
        str | None,
        typer.Option(
            metavar="SEQ:HASH", help="An entry that was noted elsewhere and must be there.", show_default=False
        ),
    ] = None,
) -> None:
    """Is the log whole and untouched? Exit code 1, and the first bad entry, if not."""
    from adapters.commands.log import verify

    raise typer.Exit(verify(known))


@db_app.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to this version's schema. On SQLite `run` does that by itself."""
    from adapters.commands.db import upgrade

    upgrade()


@sharepoint_app.command("provision")
def sharepoint_provision() -> None:
    """Make or check the lists, their columns and the folder for reports. Again changes nothing that is right."""
    from adapters.commands.sharepoint import provision

    raise typer.Exit(provision())


@sharepoint_app.command("status")
def sharepoint_status() -> None:
    """Is SharePoint in step, or what waits since when, and why? Exit code 1 if something is wrong."""
    from adapters.commands.sharepoint import status

    raise typer.Exit(status())


@manifest_app.command("slack")
def manifest_slack(
    socket: Annotated[
        bool, typer.Option("--socket", help="For Socket Mode: this server calls Slack, and needs no address.")
    ] = False,
    url: Annotated[
        str | None,
        typer.Option(
            "--url", metavar="URL", help="Where Slack reaches this server.", show_default="BACKLINE_PUBLIC_URL"
        ),
    ] = None,
) -> None:
    """The Slack app's manifest (YAML): paste it at https://api.slack.com/apps. See docs/how-to/slack.md."""
    from adapters.commands.manifest import slack

    slack(url, socket_mode=socket)


@manifest_app.command("teams")
def manifest_teams(
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE.zip", help="The app package to write.", show_default=False)
    ],
    app_id: Annotated[
        str | None,
        typer.Option("--app-id", metavar="ID", help="The id of the Azure Bot.", envvar="MICROSOFT_APP_ID"),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option("--url", metavar="URL", help="Where Teams reaches this server.", envvar="BACKLINE_PUBLIC_URL"),
    ] = None,
) -> None:
    """The Teams app package (zip): upload it in Teams' admin centre, or at Apps. See docs/how-to/teams.md."""
    from adapters.commands.manifest import teams

    teams(out, app_id, url)
    typer.echo(f"{out} is ready to be uploaded")
