"""A big database behind a page: 20,000 twins, 50,000 queue rows and 5,000 errors of one connection.

Fixture ``crowd`` (per module, a few seconds) gives the connection: it was made for real with the partner and is
deactivated on the public side, so that what waits stays waiting. Nothing of it exists in Azure DevOps but the one work
item that all the others are copies of. Use a ``pair`` beside it for actions that must really happen.

What is there, for n from 1:

- twins ``crowd-00001`` … with work items 1,000,001 … here and 2,000,001 … there, titled "Crowded work item 00001" …;
  the first 5,000 are failed, each with an error
- 25,000 outgoing rows (waiting) and 25,000 incoming rows (failed), two of each for the first 12,500 twins
- 5,000 open errors: one cause for 4,900 of them, and 100 others; 200 closed ones in the history
"""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.browser.node_api import NodeApi
from tests.browser.stage import Stage

from adnode.adapters.storage import open_storage
from adnode.cli.demo.processes import wait_until
from adnode.domain.connection import ConnectionStatus
from adnode.domain.error_record import ErrorRecord, Impact
from adnode.domain.message import MessageKind, QueueStatus, StateBody
from adnode.domain.twin import Twin

TWINS = 20_000
MESSAGES = 25_000
"""In each direction."""
ERRORS = 5_000
COMMON_ERRORS = 4_900
CLOSED_ERRORS = 200
BUSY_SECONDS = 60
COMMON_CODE = "rule_violation"
RARE_CODE = "attachment_too_large"
NAME = "Crowded connection"

_N = "printf('%05d', n)"
_NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})"


@dataclass(frozen=True, slots=True)
class Crowd:
    """The connection of the big database, on the public side."""

    connection_id: str
    name: str
    organization_id: str
    twin_id: str
    work_item_id: int


def make_crowd(stage: Stage, public_api: NodeApi, private_api: NodeApi) -> Crowd:
    """Fill the database of the public node."""
    connection, number = _synchronize_one(stage, public_api, private_api)
    tag = {"If-Match": f'"{connection["revision"]}"'}
    public_api.call("POST", f"/connections/{connection['id']}/deactivate", **tag)
    path = stage.public.node.directory / "adnode.db"
    twin = _make_models(path, str(connection["id"]), number)
    with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        _multiply_all(database, twin)
        database.execute("COMMIT")
        database.execute("ANALYZE")
    return Crowd(twin.connection_id, NAME, twin.organization_id, twin.id, number)


def _synchronize_one(stage: Stage, public_api: NodeApi, private_api: NodeApi) -> tuple[dict[str, Any], int]:
    private_api.accept(public_api.initiate(stage.public.project, NAME), stage.private.project, NAME)
    connection = next(each for each in public_api.connections() if each["name"] == NAME)
    number = stage.public.user.create("Task", {"System.Title": "Crowded work item 00000"})
    path = f"/connections/{connection['id']}/work-items"
    public_api.call("POST", path, {"work_item": str(number)})

    def is_at_rest() -> bool:
        twin = public_api.call("GET", f"{path}/{number}")
        return bool(twin["status"] == "synchronized" and not twin["in_progress"])

    wait_until(is_at_rest, 30, "the first of the crowd is synchronized")
    return public_api.call("GET", f"/connections/{connection['id']}"), number


def _make_models(path: Path, connection_id: str, number: int) -> Twin:
    """Make one error of each sort through the node's own storage, and give the rows to copy known names."""
    storage = open_storage(f"sqlite:///{path}")
    now = datetime.now(UTC)
    try:
        with storage.unit_of_work() as work:
            connection = work.connections.get(connection_id)
            assert connection.status is ConnectionStatus.DEACTIVATED
            twins = work.twins.find_by_work_item(connection.organization_id, [number])
            (twin,) = [each for each in twins if each.connection_id == connection_id]
            for code in (COMMON_CODE, RARE_CODE):
                work.error_records.open(_error(twin, code, now))
            work.outbox.add(connection_id, twin.id, MessageKind.STATE, _whole_state(twin), now)
            work.commit()
    finally:
        storage.close()
    return twin


def _error(twin: Twin, code: str, now: datetime) -> ErrorRecord:
    reason = "Field Severity is required." if code == COMMON_CODE else "File plan.pdf is larger than 60 MB."
    return ErrorRecord(
        id=f"model-{code}",
        organization_id=twin.organization_id,
        connection_id=twin.connection_id,
        twin_id=twin.id,
        impact=Impact.WORK_ITEM,
        code=code,
        message=f"Work item {twin.work_item_id} can't be written: {reason}",
        opened_at=now - timedelta(days=1),
        last_seen_at=now,
        work_item_id=twin.work_item_id,
    )


def _whole_state(twin: Twin) -> StateBody:
    assert twin.work_item_id is not None
    return StateBody(twin.work_item_id, "https://example.com", twin.lineage, twin.state.registers)


def _multiply_all(database: sqlite3.Connection, twin: Twin) -> None:
    is_failed = f"n <= {ERRORS}"
    when = "strftime('%Y-%m-%d %H:%M:%f', 'now', '-' || n || ' minutes') || '000'"
    _multiply(
        database,
        "twins",
        f"id = '{twin.id}'",
        TWINS,
        {
            "id": f"'crowd-' || {_N}",
            "work_item_id": "1000000 + n",
            "remote_work_item_id": "2000000 + n",
            "title": f"'Crowded work item ' || {_N}",
            "title_key": f"'crowded work item ' || {_N}",
            "status": f"CASE WHEN {is_failed} THEN 'failed' ELSE 'synchronized' END",
            "synchronized_at": when,
            "is_dirty": "0",
            "due_at": "NULL",
            "lease_owner": "NULL",
            "lease_until": "NULL",
        },
    )
    shared = {
        "id": f"'crowd-' || {_N}",
        "twin_id": "'crowd-' || printf('%05d', (n + 1) / 2)",
        "sequence": "1000000 + n",
        "created_at": when,
        "work_item_id": "1000000 + (n + 1) / 2",
    }
    _multiply(
        database,
        "outbox",
        f"twin_id = '{twin.id}' AND status = '{QueueStatus.WAITING}'",
        MESSAGES,
        {**shared, "settled_at": "NULL"},
    )
    _multiply(
        database,
        "inbox",
        f"twin_id = '{twin.id}'",
        MESSAGES,
        {**shared, "status": f"'{QueueStatus.FAILED}'", "settled_at": "NULL"},
    )
    database.execute(
        "UPDATE connections SET outbox_sequence = ?, received_through = ? WHERE id = ?",
        (2_000_000, 2_000_000, twin.connection_id),
    )
    _multiply_errors(database, when)


def _multiply_errors(database: sqlite3.Connection, when: str) -> None:
    common = {
        "id": f"'crowd-error-' || {_N}",
        "twin_id": f"'crowd-' || {_N}",
        "work_item_id": "1000000 + n",
        "opened_at": when,
        "last_seen_at": when,
    }
    model = f"id = 'model-{COMMON_CODE}'"
    _multiply(database, "error_records", model, COMMON_ERRORS, common)
    rare = {
        **common,
        "id": f"'crowd-rare-' || {_N}",
        "twin_id": f"'crowd-' || printf('%05d', n + {COMMON_ERRORS})",
        "work_item_id": f"1000000 + n + {COMMON_ERRORS}",
    }
    _multiply(database, "error_records", f"id = 'model-{RARE_CODE}'", ERRORS - COMMON_ERRORS, rare)
    closed = {**common, "id": f"'crowd-closed-' || {_N}", "status": "'closed'", "closed_at": when}
    _multiply(database, "error_records", model, CLOSED_ERRORS, closed)
    database.execute("DELETE FROM error_records WHERE id LIKE 'model-%'")


def _multiply(database: sqlite3.Connection, table: str, model: str, count: int, values: Mapping[str, str]) -> None:
    """Copy one row many times; ``values`` are SQL expressions of n by column, for columns that the table has."""
    columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
    assert database.execute(f"SELECT count(*) FROM {table} WHERE {model}").fetchone()[0], f"no row of {table} to copy"  # noqa: S608
    chosen = ", ".join(values.get(column, f'model."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    database.execute(
        f"{_NUMBERS.format(count=count)} INSERT INTO {table} ({names}) SELECT {chosen} "  # noqa: S608
        f"FROM (SELECT * FROM {table} WHERE {model} LIMIT 1) AS model, numbers"
    )
