"""The command ``adnode demo``."""

import signal
import tempfile
import threading
from functools import partial
from pathlib import Path
from types import FrameType
from urllib.parse import quote

import click
from rich.console import Console

from adnode.cli.demo.landscape import PORT_COUNT, Landscape, Side, open_landscape
from adnode.cli.demo.processes import check_ports
from adnode.cli.demo.story import CONNECTION_NAME, Story
from adnode.cli.output import is_json, json_option, print_json

WATCH_SECONDS = 1.0
DEFAULT_PORT_BASE = 18080


class _Ended(BaseException):
    """Somebody asked the demo to end."""


@click.command()
@click.option("--port-base", default=DEFAULT_PORT_BASE, show_default=True, help="First of four ports.")
@click.option("--empty", is_flag=True, help="Without connection and work items.")
@json_option
def demo(port_base: int, empty: bool) -> None:
    """Show two Azure DevOps, a public and a private node, and work items that travel between them."""
    check_ports([port_base + offset for offset in range(PORT_COUNT)])
    console = Console(quiet=is_json(), highlight=False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    try:
        with tempfile.TemporaryDirectory(prefix="adnode-demo-") as directory:
            _run(Path(directory), port_base, console, empty=empty)
    except _Ended:
        console.print("Everything was stopped.")


def _run(directory: Path, port_base: int, console: Console, *, empty: bool) -> None:
    console.print(f"Starting two Azure DevOps and two nodes (logs in {directory})")
    with open_landscape(directory, port_base) as landscape:
        console.print(f"  public node at {landscape.public.node.url}; the private node gives its address to nobody")
        if not empty:
            Story(landscape, partial(console.print, soft_wrap=True)).tell()
        if is_json():
            print_json(landscape.document())
        _print_hints(console, landscape)
        _stay(landscape)


def _stay(landscape: Landscape) -> None:
    """Watch the processes until somebody ends the demo."""
    waiting = threading.Event()
    while True:
        landscape.check()
        waiting.wait(WATCH_SECONDS)


def _print_hints(console: Console, landscape: Landscape) -> None:
    console.print("\nEverything is up until Ctrl-C. To try:", style="bold")
    for side in (landscape.public, landscape.private):
        document = side.document()
        console.print(f"\n  {side.node.name} side: {side.organization.project} at {document['organization_url']}")
        console.print(f"  open in a browser and sign in as the administrator: {document['hub_url']}", soft_wrap=True)
        console.print(f"  its work items: {_work_items_address(side)}", soft_wrap=True)
        console.print(f"  token: {document['pat']}")
        console.print(f"  curl -u :{document['pat']} '{_query_address(side)}'", soft_wrap=True)
        console.print(f"  {side.node.write_command()} connection show '{CONNECTION_NAME}'", soft_wrap=True)


def _query_address(side: Side) -> str:
    return f"{side.user.organization_url}/_apis/wit/workitems/1?$expand=all&api-version=7.1"


def _work_items_address(side: Side) -> str:
    return f"{side.user.organization_url}/{quote(side.organization.project)}/_workitems"


def _end(_number: int, _frame: FrameType | None) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    raise _Ended
