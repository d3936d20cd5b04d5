"""``adnode proposal`` and ``adnode connection edit`` do what the page does."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.contract.storage.databases import changing
from tests.contract.storage.test_consent_contract import OUTGOING, make_proposal, make_row
from tests.contract.storage.values import add_ground, make_organization

from adnode.adapters.storage import open_storage
from adnode.cli.application import main
from adnode.domain.consent import Consent, PanelDeed
from adnode.settings import read_settings


@pytest.fixture(autouse=True)
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node with two organizations; the first is asked for two pairs, and asks for one."""
    monkeypatch.setenv("ADNODE_SECRET_KEYS", base64.b64encode(b"k" * 32).decode())
    monkeypatch.setenv("ADNODE_DATA_DIR", str(tmp_path))
    storage = open_storage(read_settings().database_url)
    storage.upgrade()
    with changing(storage) as work:
        add_ground(work)
        work.proposals.add(make_proposal("p1"), [make_row(1), make_row(2)])
        work.proposals.add(make_proposal("p2", direction=OUTGOING), [make_row(1, twin_id="")])
    storage.close()


def run(*arguments: str, code: int = 0, given: str = "") -> str:
    result = CliRunner().invoke(main, arguments, input=given)
    assert result.exit_code == code, result.output
    return result.output


def read(*arguments: str) -> Any:
    return json.loads(CliRunner().invoke(main, [*arguments, "--json"]).stdout)


def of_organization(*arguments: str) -> Any:
    return read("proposal", *arguments, "--organization", "org")


def test_proposals_are_listed_for_people_and_machines() -> None:
    assert "name of c1" in run("proposal", "list", "--organization", "org")
    assert sorted(row["id"] for row in of_organization("list")) == ["p1", "p2"]
    [row] = of_organization("list", "--connection", "c1", "--direction", "incoming", "--status", "open")
    assert (row["id"], row["total"], row["asked_by"], row["connection"]) == ("p1", 2, "Anna Ångström", "name of c1")


def test_proposals_are_accepted_declined_and_withdrawn() -> None:
    assert of_organization("accept", "p1", "--row", "2") == {"count": 1, "obstacles": []}
    assert "1 pair was declined." in run("proposal", "decline", "p1", "--note", "No", "--organization", "org")
    assert of_organization("withdraw", "p2")["count"] == 1
    assert {row["id"]: row["status"] for row in of_organization("list")} == {"p1": "accepted", "p2": "withdrawn"}
    assert of_organization("accept", "p1")["error"]["code"] == "state"
    assert of_organization("accept", "gone")["error"]["code"] == "not_found"


def test_everything_is_accepted_only_after_a_question() -> None:
    run("proposal", "accept-all", "c1", code=1, given="n\n")
    assert "2 pairs were accepted." in run("proposal", "accept-all", "c1", "--yes")


def test_consent_and_the_panel_are_set_and_written_down() -> None:
    changed = read("connection", "edit", "c1", "--consent", "nobody", "--panel", "connect", "administrators")
    assert (changed["consent"], changed["restricted_deeds"]) == (Consent.NOBODY, [PanelDeed.CONNECT])
    assert "was changed" in run("connection", "edit", "c1", "--consent", "all", "--description", "Shell")
    shown = read("connection", "show", "c1")
    assert (shown["consent"], shown["description"], shown["name"]) == ("all", "Shell", "name of c1")
    [first, second] = read("audit", "--organization", make_organization().name)
    assert {first["action"], second["action"]} == {"connection_changed"}
    assert read("connection", "edit", "c1", "--consent", "query")["error"]["code"] == "condition_refused"
