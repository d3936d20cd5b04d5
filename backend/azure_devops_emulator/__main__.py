"""The command `python -m azure_devops_emulator`."""

from __future__ import annotations

import argparse
import contextlib
import logging
import signal
import threading

from azure_devops_emulator.host import Extension
from azure_devops_emulator.host.extension import DEFAULT_AUDIENCE, DEFAULT_KEY, read_page_urls
from azure_devops_emulator.processes import all_processes
from azure_devops_emulator.server import DEFAULT_PROJECT, EmulatorServer

DEFAULT_PROCESS = "Agile"


def parse_organization(text: str) -> tuple[str, str, str]:
    """Read `NAME[:process[:project]]`. Raises argparse.ArgumentTypeError."""
    parts = text.split(":", 2)
    name, process, project = (*parts, *("", DEFAULT_PROCESS, DEFAULT_PROJECT)[len(parts) :])
    if not name or process.lower() not in all_processes():
        known = ", ".join(each.name for each in all_processes().values())
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME[:process[:project]] with a process of {known}.")
    return name, process, project


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="azure_devops_emulator", description=__doc__)
    form = "NAME[:process[:project]]"
    parser.add_argument("--port", type=int, required=True, help="the port of this machine to listen at")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen at")
    parser.add_argument("--organization", action="append", default=[], type=parse_organization, metavar=form)
    parser.add_argument("--server-collection", action="append", default=[], type=parse_organization, metavar=form)
    parser.add_argument("--pat", action="append", default=[], metavar="TOKEN", help="opens every organization")
    parser.add_argument(
        "--hook-time-scale", type=float, default=1.0, help="0.001 makes a second of retry waits a millisecond"
    )
    _add_extension_options(parser)
    return parser


def _add_extension_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--extension-page",
        action="append",
        default=[],
        metavar="[ORGANIZATION=]URL",
        help="the folder with the extension's hub.html and work-item-panel.html, for one organization or for all",
    )
    parser.add_argument("--extension-key", default=DEFAULT_KEY, metavar="TEXT", help="signs the app tokens")
    parser.add_argument("--extension-audience", default=DEFAULT_AUDIENCE, metavar="ID", help="stands in the app tokens")


def _extension(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Extension:
    try:
        urls = read_page_urls(options.extension_page)
    except ValueError as error:
        parser.error(str(error))
    return Extension(urls, options.extension_key, options.extension_audience)


def main(arguments: list[str] | None = None) -> None:
    """Run an emulator until the process is told to end."""
    parser = _parser()
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    server = EmulatorServer(
        options.port,
        options.organization,
        options.server_collection,
        options.pat,
        host=options.host,
        hook_time_scale=options.hook_time_scale,
        extension=_extension(parser, options),
    )
    with server, contextlib.suppress(KeyboardInterrupt):
        print(f"Azure DevOps emulator: {server.url}", flush=True)
        stopped.wait()


if __name__ == "__main__":
    main()
