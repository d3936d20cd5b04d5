"""What commands print: tables for people, one JSON document for machines."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

JSON_FLAG = "adnode.json"


def json_option(command: Any) -> Any:
    """Give a command the option ``--json``."""
    return click.option(
        "--json", "as_json", is_flag=True, expose_value=False, callback=_remember, help="Print JSON for machines."
    )(command)


def is_json() -> bool:
    """Say whether the running command was asked for JSON."""
    context = click.get_current_context(silent=True)
    return bool(context and context.find_root().meta.get(JSON_FLAG))


def to_document(value: Any) -> Any:
    """Return a value as plain JSON data; fields that hold secrets (not in the repr) are left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        shown = [field.name for field in dataclasses.fields(value) if field.repr]
        return {name: to_document(getattr(value, name)) for name in shown}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {str(key): to_document(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_document(one) for one in value]
    return value


def print_json(value: Any) -> None:
    """Print a value as one line of JSON."""
    click.echo(json.dumps(to_document(value), ensure_ascii=False))


def print_result(value: Any, sentence: str) -> None:
    """Print the value for machines, or the sentence for people."""
    if is_json():
        print_json(value)
    else:
        click.echo(sentence)


def print_rows(rows: Sequence[Any], columns: Mapping[str, str], empty: str) -> None:
    """Print rows as a table of those attributes (heading to attribute name), or as a JSON list of everything."""
    if is_json():
        print_json(list(rows))
    elif not rows:
        click.echo(empty)
    else:
        Console().print(_table([to_document(row) for row in rows], columns))


def _table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in columns:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if row[name] is None else str(row[name])) for name in columns.values()))
    return table


def _remember(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        context.find_root().meta[JSON_FLAG] = True
