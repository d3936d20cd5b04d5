"""``adnode notification`` does what the tab Exalate Notifications does."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.contract.storage.databases import changing
from tests.contract.storage.values import add_ground
from tests.unit.adapters.mail_servers import HOST, Mailbox, mail_server, part

from adnode.adapters.storage import open_storage
from adnode.cli.application import main
from adnode.settings import read_settings


@pytest.fixture(autouse=True)
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node with two organizations that may call mail servers on this machine."""
    monkeypatch.setenv("ADNODE_SECRET_KEYS", base64.b64encode(b"k" * 32).decode())
    monkeypatch.setenv("ADNODE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("ADNODE_LOG_FORMAT", "console")
    monkeypatch.setenv("ADNODE_ALLOWED_MAIL_NETWORKS", "127.0.0.0/8")
    storage = open_storage(read_settings().database_url)
    storage.upgrade()
    with changing(storage) as work:
        add_ground(work)
    storage.close()


def run(*arguments: str, exit_code: int = 0, typed: str | None = None) -> Any:
    command = ["notification", *arguments, "--organization", "org"]
    result = CliRunner().invoke(main, command, input=typed)
    assert result.exit_code == exit_code, result.output
    return result


def document(*arguments: str, exit_code: int = 0) -> Any:
    return json.loads(run(*arguments, "--json", exit_code=exit_code).stdout)


def set_server(port: int = 2525) -> None:
    server = ("--host", HOST, "--port", str(port), "--security", "none", "--sender", "adnode@example.com")
    run("mail-server", "set", *server)


def test_the_mail_server_is_set_shown_and_removed(tmp_path: Path) -> None:
    assert document("mail-server", "show") is None
    secret = tmp_path / "password"
    secret.write_text("geheim\n")
    server = ("--host", "smtp.example.com", "--sender", "adnode@example.com", "--user", "robot")
    run("mail-server", "set", *server, "--password-file", str(secret))
    shown = document("mail-server", "show")
    assert (shown["host"], shown["port"], shown["security"], shown["user"]) == (
        "smtp.example.com",
        587,
        "starttls",
        "robot",
    )
    assert "sealed_password" not in shown
    assert "geheim" not in run("mail-server", "show").output
    run("mail-server", "set", *server, "--keep-password", "--sender-name", "Exalate")
    run("mail-server", "set", *server, "--keep-password", "--port", "25", exit_code=4)
    run("mail-server", "set", *server, typed="other\n")
    run("mail-server", "set", "--host", "smtp.example.com", exit_code=4)
    run("mail-server", "remove")
    run("mail-server", "remove", exit_code=3)


def test_a_mail_server_is_tried_step_by_step() -> None:
    mailbox = Mailbox(refused={"nobody@example.com"})
    with mail_server(mailbox) as port:
        server = ("--host", HOST, "--port", str(port), "--security", "none", "--sender", "adnode@example.com")
        refused = run("mail-server", "test", "nobody@example.com", *server, exit_code=1)
        assert "FAILED  recipient: The server refused" in refused.output
        run("mail-server", "test", "ada@example.com", exit_code=3)
        set_server(port)
        assert document("mail-server", "test", "ada@example.com")["is_delivered"]
    [mail] = mailbox.mails
    assert "test" in part(mail, "plain")
    assert document("mail-server", "test", "ada@example.com", exit_code=1)["steps"][1]["outcome"] == "failed"


def test_who_is_told_is_added_changed_tried_and_removed() -> None:
    added = document("add", "ada@example.com", "--connection", "c1", "--digest", "hourly")
    assert (added["impacts"], added["connection_ids"]) == (["connection", "node", "trigger", "work_item"], ["c1"])
    subscriber_id = added["id"]
    changed = document("change", subscriber_id, "--paused", "--all-connections", "--impact", "warning")
    assert (changed["status"], changed["connection_ids"], changed["impacts"]) == ("paused", [], ["warning"])
    run("change", subscriber_id, "--all-connections", "--connection", "c1", exit_code=4)
    assert "paused" in run("list").output.replace("\n", "")
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        set_server(port)
        run("test", subscriber_id)
    assert len(mailbox.envelopes) == 1
    run("remove", subscriber_id, typed="n\n", exit_code=1)
    run("remove", subscriber_id, "--yes")
    assert document("list") == []
    run("remove", subscriber_id, "--yes", exit_code=3)


def test_a_webhook_gets_a_secret_and_no_private_address(monkeypatch: pytest.MonkeyPatch) -> None:
    run("add", "https://169.254.169.254/latest", exit_code=4)
    run("add", "http://localhost:1/x", exit_code=4)
    monkeypatch.setenv("ADNODE_ALLOW_LOOPBACK_HTTP", "yes")
    added = document("add", "http://localhost:1/x")
    assert added["secret"].startswith("whsec_")
    renewed = document("new-secret", added["id"])["secret"]
    assert renewed not in ("", added["secret"])
    assert "FAILED  connection" in run("test", added["id"], exit_code=1).output


def test_another_organization_has_its_own() -> None:
    subscriber_id = document("add", "ada@example.com")["id"]
    result = CliRunner().invoke(main, ["notification", "remove", subscriber_id, "--yes", "--organization", "other"])
    assert result.exit_code == 3
    run("add", "bob@example.com", "--connection", "c3", exit_code=3)


def test_nothing_was_told_yet() -> None:
    assert document("deliveries", "--status", "failed") == []
    run("send-again", "d1", exit_code=3)
