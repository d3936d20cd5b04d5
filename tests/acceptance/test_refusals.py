"""Bad input gets a clear error and changes nothing."""

import json
import subprocess
from typing import Any

import pytest
from tests.acceptance.conftest import Pair
from tests.acceptance.harness import TOKEN, Side

pytestmark = pytest.mark.xdist_group("acceptance")
TITLE = "System.Title"


def error(result: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    """The one error that a command printed."""
    assert result.returncode != 0
    return dict(json.loads(result.stdout)["error"])


def accept(side: Side, code: str, project: str = "Fabrikam") -> "subprocess.CompletedProcess[str]":
    return side.node.try_command("connection", "accept", side.organization_id, project, "--code-file", "-", given=code)


def invite(side: Side) -> dict[str, Any]:
    return dict(side.node.command("connection", "initiate", side.organization_id, "Fabrikam", "Once more"))


def names(side: Side) -> set[str]:
    return {one["id"] for one in side.node.command("connection", "list") if one["status"] == "active"}


def test_codes_that_cannot_be_used_are_told_apart(pair: Pair) -> None:
    before = names(pair.private)
    made = invite(pair.public)
    code = str(made["code"])
    assert error(accept(pair.private, code[:-3]))["code"] == "invitation_torn"
    assert error(accept(pair.private, "hello"))["code"] == "invitation_torn"
    assert error(accept(pair.public, code))["code"] == "own_organization"
    assert error(accept(pair.private, code, project="Nowhere"))["code"] == "project_not_found"
    pair.public.node.command("invitation", "revoke", made["invitation_id"])
    assert error(accept(pair.private, code))["code"] == "invitation_revoked"
    assert names(pair.private) == before


def test_a_used_code_lets_nobody_else_in(pair: Pair) -> None:
    third = pair.stage.add_side("third", "Basic", is_public=False)
    code = str(invite(pair.public)["code"])
    assert json.loads(accept(third, code).stdout)["status"] == "active"
    assert error(accept(pair.private, code))["code"] == "invitation_used"
    warnings = [one["code"] for one in pair.public.errors()]
    assert "invitation_used" in warnings


def add(side: Side, url: str, token: str) -> "subprocess.CompletedProcess[str]":
    return side.node.try_command("organization", "add", url, "--pat-file", "-", given=token)


def test_tokens_that_do_not_do_are_told_apart(pair: Pair) -> None:
    url = pair.private.user.organization_url
    assert error(add(pair.private, url, "wrong-token"))["code"] == "azure_devops_authentication"
    reader = pair.private.add_token("reader")
    refused = error(add(pair.private, url, reader))
    assert refused["code"] == "azure_devops_missing_right"
    assert "write" in refused["message"].lower()
    listed = pair.private.node.command("organization", "list")
    assert [one["id"] for one in listed] == [pair.private.organization_id]
    assert pair.private.node.command("organization", "check", pair.private.organization_id)["rights"]


def test_a_url_of_another_host_is_refused_before_the_token_is_sent(pair: Pair) -> None:
    before = pair.public.calls()
    refused = add(pair.public, "http://example.invalid/fabrikam", TOKEN)
    assert error(refused)["code"] in {"validation", "url_refused"}
    assert TOKEN not in refused.stdout + refused.stderr
    assert pair.public.calls() == before


def test_work_items_that_are_not_there_start_nothing(pair: Pair) -> None:
    good = pair.public.user.create("Task", {TITLE: "Good"})
    result = pair.public.node.try_command("work-item", "sync", pair.connection_id, str(good), "99999")
    assert error(result)["code"] == "work_item_not_found"
    assert "99999" in error(result)["message"]
    assert not pair.public.twin(good)


def test_a_title_that_is_too_long_for_azure_devops_never_starts_and_a_long_one_arrives(pair: Pair) -> None:
    title = "x" * 255
    number = pair.public.user.create("Task", {TITLE: title})
    assert pair.private.user.fields(pair.share(number))[TITLE] == title


def test_a_file_over_the_limit_is_named_and_the_rest_of_the_item_goes_on(pair: Pair) -> None:
    pair.public.limit_attachments(1_000_000)
    number = pair.private.user.create("Task", {TITLE: "Heavy"})
    pair.private.user.attach(number, "heavy.bin", b"\0" * 2_000_000)
    pair.private.user.attach(number, "light.txt", b"light")
    other = pair.share(number, source=pair.private)
    pair.stage.wait_until(lambda: "light.txt" in pair.public.user.attachments(other), "the small file arrives")
    records = pair.stage.wait_until(
        lambda: [one for one in pair.public.errors() if one["code"] in {"attachment_too_large", "content_unavailable"}],
        "the large file is named",
    )
    assert "heavy.bin" in records[0]["message"]
    pair.private.user.update(number, {TITLE: "Heavy, goes on"})
    pair.stage.wait_until(lambda: pair.public.user.fields(other)[TITLE] == "Heavy, goes on", "the item goes on")
    pair.public.limit_attachments(60 * 1024 * 1024)
    for record in records:
        pair.public.node.command("errors", "retry", record["id"])
    pair.stage.wait_until(lambda: "heavy.bin" in pair.public.user.attachments(other), "the retry brings the file")


def test_a_project_that_is_gone_is_named_and_retry_after_mending_brings_everything(pair: Pair) -> None:
    pair.private.add_project("Short-lived", "Scrum")
    made = invite(pair.public)
    accepted = json.loads(accept(pair.private, str(made["code"]), project="Short-lived").stdout)
    pair.private.remove_project("Short-lived")
    number = pair.public.user.create("Task", {TITLE: "Where to?"})
    pair.public.node.command("work-item", "sync", accepted["id"], str(number))
    records = pair.stage.wait_until(
        lambda: [one for one in pair.private.errors() if one["code"] == "project_not_found"], "the project is named"
    )
    assert "Short-lived" in records[0]["message"]
    pair.private.add_project("Short-lived", "Scrum")
    pair.private.node.command("errors", "retry", "--all")
    other = pair.stage.counterpart(pair.public, number, accepted["id"])
    assert pair.private.user.fields(other)["System.TeamProject"] == "Short-lived"


def test_rights_taken_away_are_named_and_everything_arrives_when_they_are_back(pair: Pair) -> None:
    number = pair.public.user.create("Task", {TITLE: "Rights"})
    other = pair.share(number)
    pair.private.set_role("reader")
    pair.public.user.update(number, {TITLE: "Without rights"})
    records = pair.stage.wait_until(
        lambda: [one for one in pair.private.errors() if one["code"] == "azure_devops_missing_right"],
        "the missing right is named",
    )
    assert records[0]["impact"] == "work_item"
    pair.private.set_role("contributor")
    pair.private.node.command("errors", "retry", "--all")
    pair.stage.wait_until(lambda: pair.private.user.fields(other)[TITLE] == "Without rights", "the title arrives")
