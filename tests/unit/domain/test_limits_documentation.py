"""The limits that are documented, the limits of the code, and the figures that were designed."""

from pathlib import Path

from adnode.domain.limits import LIMITS

DOCUMENT = Path(__file__).parents[3] / "docs" / "limits.md"
DESIGNED = {
    "lineage": 64,
    "url, organization_url, node_url": 2_000,
    "error_code": 80,
    "text of a failure, comment of a file": 2_000,
    "key of a register or file": 500,
    "registers of one twin over its life": 5_000,
    "description": 1_048_576,
    "comment": 1_048_576,
    "title, what a proposal says of a work item": 255,
    "author, name of a file, type, category, organization or connection": 400,
    "id of a message, twin, comparison or connection": 64,
    "organization id": 64,
    "kind of a message, name of a mode": 40,
    "digest": 64,
    "nonce of an acceptance": 128,
    "message ids, twin ids, keys or digests of one message": 1_000,
    "modes of a node": 16,
    "messages at once": 200,
    "one message": 2_097_152,
    "nesting of a message": 32,
    "number of a work item or message": 2_147_483_647,
    "counted changes of a version": 2_147_483_647,
    "size of a file": 2_147_483_647,
    "a time, ahead of this node's clock": 24,
}


def documented() -> dict[str, tuple[str, str]]:
    rows = [line.strip("| \n").split(" | ") for line in DOCUMENT.read_text().splitlines() if line.startswith("| ")]
    return {field: (maximum, code.strip("`")) for field, maximum, code in rows[2:]}


def test_the_limits_are_those_that_were_designed() -> None:
    assert {limit.field: limit.maximum for limit in LIMITS} == DESIGNED


def test_the_documentation_shows_each_limit_with_its_code() -> None:
    shown = {limit.field: (f"{limit.maximum:,} {limit.unit}".strip(), limit.refusal.code) for limit in LIMITS}
    assert documented() == shown
