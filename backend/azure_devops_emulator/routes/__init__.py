"""The areas of the REST API. Every module here whose `routes` is a RouteTable is in force."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from azure_devops_emulator.routing import Route, RouteTable


def all_routes() -> Iterator[Route]:
    """The routes of every area."""
    for module in pkgutil.iter_modules(__path__):
        table = getattr(import_module(f"{__name__}.{module.name}"), "routes", None)
        if isinstance(table, RouteTable):
            yield from table
