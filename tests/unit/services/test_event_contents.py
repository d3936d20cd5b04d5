"""What people see of a message."""

from dataclasses import replace

from tests.contract.storage.values import NOW, make_body, make_message, make_state

from adnode.domain.message import AppliedBody, ContentBody, FailedBody, MessageBody, StateBody
from adnode.domain.synced_change import ChangedThing
from adnode.services.event_contents import HIDDEN, LIST_LIMIT, TEXT_LIMIT, describe, list_changes, redacted, shortened


def test_every_kind_of_change_has_words() -> None:
    body = StateBody(42, "", frozenset(), make_state().registers)
    changes = list_changes(replace(make_message(), body=body), "org")
    assert {(change.value.thing, change.value.subject) for change in changes} == {
        (ChangedThing.SUMMARY, ""),
        (ChangedThing.DESCRIPTION, ""),
        (ChangedThing.TYPE, ""),
        (ChangedThing.COMMENT, "Ada Ångström"),
        (ChangedThing.ATTACHMENT, "plan.pdf"),
        (ChangedThing.PRESENCE, "local"),
    }
    assert {(change.changed_at, change.changed_in) for change in changes} == {(NOW, "org")}


def test_long_texts_are_cut() -> None:
    document = redacted(replace(make_message(), body=make_body("x" * 100_000)))
    assert document is not None
    text = document["body"]["registers"]["summary"]["value"]
    assert len(text) < TEXT_LIMIT + 40
    assert text.endswith("… (100,000 characters)")


def test_secrets_are_hidden() -> None:
    raw = {
        "id": "m1",
        "sequence": 1,
        "kind": "hologram",
        "twin_id": "",
        "body": {"accessToken": "s3cret", "list": [{"password": {"deep": "s3cret"}}], "n": 5},
    }
    document = redacted(replace(make_message(), kind="hologram", body=None, raw=raw))
    assert document is not None
    assert "s3cret" not in str(document)
    assert document["body"] == {"accessToken": HIDDEN, "list": [{"password": HIDDEN}], "n": 5}
    text = shortened("see https://ada:s3cret@example.com/a?x=1&sig=s3cret&token=s3cret, ok?")
    assert text == f"see https://{HIDDEN}@example.com/a?x=1&sig={HIDDEN}&token={HIDDEN} ok?"


def test_huge_lists_are_cut() -> None:
    body = AppliedBody(1, "", frozenset(), tuple(f"m{number}" for number in range(1000)))
    document = redacted(replace(make_message(), kind="applied", body=body))
    assert document is not None
    assert len(document["body"]["message_ids"]) == LIST_LIMIT + 1
    assert document["body"]["message_ids"][-1] == "… 900 more"


def test_what_other_messages_say() -> None:
    def said(body: MessageBody) -> str:
        return describe(replace(make_message(), body=body))

    assert said(AppliedBody(1, "", frozenset(), ("a", "b"))) == "Says that 2 events arrived in the work item."
    assert said(FailedBody("x", "Refused.", ())) == "Refused."
    assert said(ContentBody(("a",), "x", "It is gone.")) == "1 file: It is gone."
    assert said(make_body()) == ""
    assert (describe(None), redacted(None), list_changes(None, "org")) == ("", None, ())
