"""A large database: 20,000 twins, 50,000 messages and 20,000 error records over five connections.

The rows are made by the database itself, numbered from 1; ids are ``t100001`` and so on.
"""

from sqlalchemy import Connection, text
from tests.contract.storage.databases import changing
from tests.contract.storage.values import NOW, make_connection, make_message, make_organization, make_state

from adnode.adapters.storage import open_storage
from adnode.adapters.storage.engine import make_engine
from adnode.adapters.storage.statements import to_text
from adnode.domain.documents import state_to_document
from adnode.domain.message_documents import message_to_document
from adnode.domain.queues import Position

TWINS = 20_000
OUTGOING = 30_000
INCOMING = 20_000
CONNECTION_IDS = ("c1", "c2", "c3", "c4", "c5")

NUMBERED = """
    WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})
    INSERT INTO {table} ({columns}) SELECT {values} FROM numbers
"""
# Four fifths belong to the first connection.
CONNECTION = "CASE WHEN n % 5 > 0 THEN 'c1' ELSE 'c' || CAST(1 + (n / 5) % 5 AS TEXT) END"
NUMBER = "CAST(100000 + {} AS TEXT)"

TWIN_COLUMNS = {
    "id": f"'t' || {NUMBER.format('n')}",
    "connection_id": CONNECTION,
    "organization_id": "'org'",
    "status": "'synchronized'",
    "created_at": "{time}",
    "work_item_id": "n",
    "project": "'Web Shop'",
    "revision": "5",
    "remote_url": "''",
    "state": ":state",
    "local_forms": "'{{}}'",
    "comment_count": "0",
    "lineage": "'[]'",
    "is_dirty": "n % 4 = 0",
    "due_at": "{time}",
    "must_read": "1 = 0",
    "dirty_sequence": "0",
    "attempts": "0",
    "fence": "0",
    "lease_owner": "CASE WHEN n % 40 = 0 THEN 'a' END",
    "lease_until": "CASE WHEN n % 40 = 0 THEN {time} END",
}
OUTBOX_COLUMNS = {
    "id": f"'o' || {NUMBER.format('n')}",
    "connection_id": CONNECTION,
    "sequence": "n",
    "twin_id": f"'t' || {NUMBER.format(f'(1 + n % {TWINS})')}",
    "kind": "'connection_changed'",
    "body": """'{{"change":"renamed","name":"x"}}'""",
    "status": "CASE WHEN n % 10 = 0 THEN 'waiting' ELSE 'sent' END",
    "created_at": "{time}",
    "settled_at": "CASE WHEN n % 10 > 0 THEN {time} END",
}
INBOX_COLUMNS = {
    "id": f"'m' || {NUMBER.format('n')}",
    "connection_id": CONNECTION,
    "sequence": "n",
    "twin_id": f"'t' || {NUMBER.format('n')}",
    "kind": "'state'",
    "document": ":document",
    "status": "CASE WHEN n % 10 = 0 THEN 'applying' ELSE 'synchronized' END",
    "created_at": "{time}",
    "settled_at": "CASE WHEN n % 10 > 0 THEN {time} END",
}
ERROR_RECORD_COLUMNS = {
    "id": f"'e' || {NUMBER.format('n')}",
    "organization_id": "'org'",
    "connection_id": CONNECTION,
    "twin_id": f"'t' || {NUMBER.format('n')}",
    "impact": "'work_item'",
    "code": "'rule_violation'",
    "message": "'Refused.'",
    "opened_at": "{time}",
    "last_seen_at": "{time}",
    "subject": "''",
    "occurrences": "1",
    "is_transient": "1 = 0",
    "is_remote": "1 = 0",
    "status": "CASE WHEN n % 10 = 0 THEN 'open' ELSE 'closed' END",
    "closed_at": "CASE WHEN n % 10 > 0 THEN {time} END",
}
TRACE_COLUMNS = {
    "organization_id": "'org'",
    "work_item_id": "n",
    "kind": "'attachment'",
    "key": "'org:' || CAST(n AS TEXT)",
    "local_id": "'guid'",
    "local_form": "''",
}
DOCUMENTS = {
    "state": to_text(state_to_document(make_state())),
    "document": to_text(message_to_document(make_message())),
}
TABLES = {
    "twins": (TWINS, TWIN_COLUMNS),
    "outbox": (OUTGOING, OUTBOX_COLUMNS),
    "inbox": (INCOMING, INBOX_COLUMNS),
    "error_records": (TWINS, ERROR_RECORD_COLUMNS),
    "traces": (TWINS, TRACE_COLUMNS),
}


def fill(url: str) -> None:
    """Fill a migrated, empty database; most of it belongs to the first connection, and most is settled."""
    storage = open_storage(url)
    with changing(storage) as work:
        work.organizations.add(make_organization(), b"sealed")
        for connection_id in CONNECTION_IDS:
            work.connections.add(make_connection(connection_id))
            work.connections.set_received(connection_id, Position("", 1_000_000))
    storage.close()
    engine = make_engine(url)
    with engine.begin() as connection:
        for table, (count, columns) in TABLES.items():
            _fill_table(connection, table, count, columns)
        if connection.dialect.name == "postgresql":
            # It does so by itself before long; SQLite never does.
            connection.execute(text("ANALYZE"))
    engine.dispose()


def _fill_table(connection: Connection, table: str, count: int, columns: dict[str, str]) -> None:
    """Every row is a second younger than the one before."""
    start = NOW.strftime("%Y-%m-%d %H:%M:%S")
    if connection.dialect.name == "sqlite":
        time = f"strftime('%Y-%m-%d %H\\:%M\\:%f000', '{start}', '+' || n || ' seconds')"
    else:
        time = f"timestamptz '{start}+00' + n * interval '1 second'"
    values = ", ".join(value.format(time=time) for value in columns.values())
    statement = text(NUMBERED.format(count=count, table=table, columns=", ".join(columns), values=values))
    parameters = {name: text for name, text in DOCUMENTS.items() if f":{name}" in values}
    connection.execute(statement, parameters)
