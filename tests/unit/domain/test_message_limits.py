"""What a peer may send, field by field: exactly the limit passes, one more is refused with a stable code."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adnode.domain.errors import ValidationError
from adnode.domain.message import Message, StateBody
from adnode.domain.message_limits import check_message, check_register_count
from adnode.domain.peer_messages import read_peer_message

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
TIME = "2026-12-01T11:00:00Z"
MIB = 1024 * 1024
URL = "https://dev.azure.com/fabrikam/"
HIDING = ["\u202e", "\u2066", "\x07", "\x85", "\u2028", "\ufeff"]


def through_json(document: object) -> Any:
    return json.loads(json.dumps(document))


def text(size: int, character: str = "x") -> dict[str, object]:
    return {"text": character * size, "format": "html"}


def register(value: object, **changes: object) -> dict[str, object]:
    return {"value": value, "version": [1, 0], "changed_at": TIME, "changed_in": "org-b", **changes}


def comment(**changes: object) -> dict[str, object]:
    return {"author": "Jo", "created_at": TIME, "text": text(3), "is_deleted": False, **changes}


def file(**changes: object) -> dict[str, object]:
    return {"name": "a.txt", "size": 3, "comment": "", "is_deleted": False, **changes}


def message(kind: str, body: object, **changes: object) -> dict[str, object]:
    return {"id": "m-1", "sequence": 1, "kind": kind, "twin_id": "t-1", "created_at": TIME, "body": body, **changes}


def state(registers: object = None, **changes: object) -> dict[str, object]:
    given = {"summary": register("Title")} if registers is None else registers
    body = {"work_item_id": 7, "url": URL + "_workitems/edit/7", "lineage": ["org-b:7"], "registers": given}
    return message("state", {**body, **changes})


def applied(**changes: object) -> dict[str, object]:
    body = {"work_item_id": 7, "url": URL + "_workitems/edit/7", "lineage": ["org-b:7"], "message_ids": ["m-0"]}
    return message("applied", {**body, **changes})


def failed(**changes: object) -> dict[str, object]:
    return message("failed", {"error_code": "rule_violation", "text": "No.", "message_ids": ["m-0"], **changes})


def content(**changes: object) -> dict[str, object]:
    return message("content_failed", {"keys": ["org-b:1"], "error_code": "", "text": "", **changes})


def comparison(**changes: object) -> dict[str, object]:
    return message("comparison", {"comparison_id": "job-1", "digests": {"t-1": "0123abcd"}, **changes})


def compared(**changes: object) -> dict[str, object]:
    body = {"comparison_id": "job-1", "count": 1, "unknown": [], "differing": {"t-1": {"summary": "0123abcd"}}}
    return message("compared", {**body, **changes})


def decision(**changes: object) -> dict[str, object]:
    return message("declined", {"proposal": "p-1", "twin_ids": ["t-1"], "error_code": "", "text": "", **changes})


def asking(**changes: object) -> dict[str, object]:
    ask = {"id": "p-1", "kind": "connect", "asked_by": "Jo", "title": "Hello", "type": "Bug", **changes}
    terms = {"remote_work_item_id": 3, "content": "both", "comments": False, "attachments": False}
    return {**state(proposal=ask, terms=terms), "kind": "connecting"}


def take(document: object) -> Message:
    return check_message(read_peer_message(through_json(document)), NOW)


def ids(count: int) -> list[str]:
    return [f"m-{number}" for number in range(count)]


def names(count: int) -> list[str]:
    return [f"org-b:{number}" for number in range(1, count + 1)]


Maker = Callable[[int], dict[str, object]]

WHOLE: list[tuple[str, int, str, Maker]] = [
    ("lineage of a state", 64, "too_many_values", lambda n: state(lineage=names(n))),
    ("lineage of an answer", 64, "too_many_values", lambda n: applied(lineage=names(n))),
    ("number in a lineage", 2**31 - 1, "name_refused", lambda n: state(lineage=[f"org-b:{n}"])),
    ("organization in a lineage", 64, "name_refused", lambda n: state(lineage=["o" * n + ":1"])),
    ("url of a state", 2_000, "text_too_long", lambda n: state(url=URL + "x" * (n - len(URL)))),
    ("url of an answer", 2_000, "text_too_long", lambda n: applied(url=URL + "x" * (n - len(URL)))),
    ("error code", 80, "text_too_long", lambda n: failed(error_code="a" * n)),
    ("error code of a file", 80, "text_too_long", lambda n: content(error_code="a" * n)),
    ("text of a failure", 2_000, "text_too_long", lambda n: failed(text="x" * n)),
    ("text about a file", 2_000, "text_too_long", lambda n: content(text="x" * n)),
    ("key of a file", 500, "text_too_long", lambda n: content(keys=["k" * n])),
    ("keys of files", 1_000, "too_many_values", lambda n: content(keys=[f"org-b:{number}" for number in range(n)])),
    ("ids of an answer", 1_000, "too_many_values", lambda n: applied(message_ids=ids(n))),
    ("ids of a failure", 1_000, "too_many_values", lambda n: failed(message_ids=ids(n))),
    ("length of an id", 64, "text_too_long", lambda n: applied(message_ids=["i" * n])),
    ("message id", 64, "text_too_long", lambda n: {**applied(), "id": "i" * n}),
    ("twin id", 64, "text_too_long", lambda n: {**state(), "twin_id": "i" * n}),
    ("kind", 40, "text_too_long", lambda n: {**message("x" * n, {})}),
    ("sequence", 2**31 - 1, "number_refused", lambda n: {**applied(), "sequence": n}),
    ("work item", 2**31 - 1, "number_refused", lambda n: applied(work_item_id=n)),
    ("twins to forget", 1_000, "too_many_values", lambda n: message("cleaned_up", {"twin_ids": ids(n)})),
    ("states asked for", 1_000, "too_many_values", lambda n: message("state_requested", {"twin_ids": ids(n)})),
    (
        "digests",
        1_000,
        "too_many_values",
        lambda n: comparison(digests={f"t-{number}": "0a" for number in range(n)}),
    ),
    ("length of a digest", 64, "text_too_long", lambda n: comparison(digests={"t-1": "a" * n})),
    ("comparison id", 64, "text_too_long", lambda n: comparison(comparison_id="c" * n)),
    ("unknown twins", 1_000, "too_many_values", lambda n: compared(unknown=ids(n))),
    (
        "differing registers",
        5_000,
        "too_many_registers",
        lambda n: compared(differing={"t-1": {f"comment/org:{number}": "0a" for number in range(n)}}),
    ),
    ("name of a connection", 400, "text_too_long", lambda n: message("connection_changed", _change(name="n" * n))),
    ("change", 40, "text_too_long", lambda n: message("connection_changed", _change(change="c" * n))),
    ("decided twins", 1_000, "too_many_values", lambda n: decision(twin_ids=ids(n))),
    ("code of a decision", 80, "text_too_long", lambda n: decision(error_code="a" * n)),
    ("reason of a decision", 2_000, "text_too_long", lambda n: decision(text="x" * n)),
    ("name of a proposal", 64, "text_too_long", lambda n: decision(proposal="p" * n)),
    ("proposal asked by", 255, "text_too_long", lambda n: asking(asked_by="x" * n)),
    ("title in a proposal", 255, "text_too_long", lambda n: asking(title="x" * n)),
    ("type in a proposal", 255, "text_too_long", lambda n: asking(type="x" * n)),
    ("id of a proposal", 64, "text_too_long", lambda n: asking(id="p" * n)),
    ("depth", 32, "nested_too_deep", lambda n: message("new", _nested(n - 1))),
]
"""The limits that refuse a whole message."""

ONE_REGISTER: list[tuple[str, int, str, Maker]] = [
    ("title", 255, "text_too_long", lambda n: state({"summary": register("x" * n)})),
    ("description", MIB, "text_too_long", lambda n: state({"description": register(text(n))})),
    ("comment", MIB, "text_too_long", lambda n: state({"comment/o:1": register(comment(text=text(n)))})),
    ("author", 400, "text_too_long", lambda n: state({"comment/o:1": register(comment(author="x" * n))})),
    ("name of a file", 400, "text_too_long", lambda n: state({"attachment/o:1": register(file(name="x" * n))})),
    ("comment of a file", 2_000, "text_too_long", lambda n: state({"attachment/o:1": register(file(comment="x" * n))})),
    ("size of a file", 2**31 - 1, "number_refused", lambda n: state({"attachment/o:1": register(file(size=n))})),
    ("type", 400, "text_too_long", lambda n: state({"type": register({"name": "x" * n, "category": ""})})),
    ("category", 400, "text_too_long", lambda n: state({"type": register({"name": "", "category": "x" * n})})),
    ("key", 500, "text_too_long", lambda n: state({"comment/" + "k" * (n - 8): register(comment())})),
    ("changes here", 2**31 - 1, "number_refused", lambda n: state({"summary": register("x", version=[n, 0])})),
    ("changes there", 2**31 - 1, "number_refused", lambda n: state({"summary": register("x", version=[0, n])})),
    ("origin", 64, "text_too_long", lambda n: state({"summary": register("x", changed_in="o" * n)})),
]
"""The limits that leave out a register; it is refused where it is the only one."""


def _change(**changes: object) -> dict[str, object]:
    return {"change": "renamed", "name": "New name", **changes}


def _nested(levels: int) -> object:
    return {"a": _nested(levels - 1)} if levels > 1 else {}


@pytest.mark.parametrize(("name", "maximum", "code", "make"), [*WHOLE, *ONE_REGISTER])
def test_exactly_the_limit_is_taken_and_one_more_is_refused(name: str, maximum: int, code: str, make: Maker) -> None:
    at_the_limit = take(make(maximum))
    assert (at_the_limit.refusal, at_the_limit.left_out) == (None, ()), name
    if code == "name_refused" or name in ("sequence", "message id"):
        return
    over = take(make(maximum + 1))
    assert over.refusal is not None, name
    assert (over.body, over.refusal.code) == (None, code)


@pytest.mark.parametrize("lineage", [["org-b:2147483648"], ["o" * 65 + ":1"]])
def test_a_name_over_its_limits_is_no_name(lineage: list[str]) -> None:
    refusal = take(state(lineage=lineage)).refusal
    assert refusal is not None
    assert refusal.code == "name_refused"


@pytest.mark.parametrize("changes", [{"id": "i" * 65}, {"id": ""}, {"sequence": 2**31}, {"sequence": 0}, {"id": 7}])
def test_a_message_that_nobody_could_answer_is_an_error(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        read_peer_message({**applied(), **changes})


@pytest.mark.parametrize(("name", "maximum", "code", "make"), ONE_REGISTER)
def test_the_other_registers_of_a_state_are_taken(name: str, maximum: int, code: str, make: Maker) -> None:
    document = make(maximum + 1)
    registers = document["body"]["registers"]  # type: ignore[index]
    registers["comment/org:9"] = register(comment())
    taken = take(document)
    assert taken.refusal is None, name
    assert isinstance(taken.body, StateBody)
    assert list(taken.body.registers) == ["comment/org:9"]
    (left_out,) = taken.left_out
    assert left_out.refusal.code == code
    assert left_out.key in registers


def test_bytes_count_not_characters() -> None:
    assert take(state({"description": register(text(MIB // 2, "ü"))})).refusal is None
    refused = take(state({"description": register(text(MIB // 2 + 1, "ü"))}))
    assert refused.refusal is not None
    assert refused.refusal.text == ("The description has 1,048,578 bytes of UTF-8; this side takes at most 1,048,576.")


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (state(lineage=["org-b"]), "name_refused"),
        (state(lineage=["org-b:0"]), "name_refused"),
        (state(lineage=["org-b:-1"]), "name_refused"),
        (state(lineage=["org-b:01"]), "name_refused"),
        (state(lineage=["org-b:²"]), "name_refused"),
        (state(lineage=["org-b:1e3"]), "name_refused"),
        (state(lineage=["org b:1"]), "name_refused"),
        (state(lineage=[":1"]), "name_refused"),
        (state(lineage=["org-b:" + "9" * 5000]), "name_refused"),
        (state(url="javascript:alert(1)"), "address_refused"),
        (state(url="https://u:p@dev.azure.com/fabrikam/"), "address_refused"),
        (applied(url="data:text/html,<b>x"), "address_refused"),
        (failed(error_code=""), "name_refused"),
        (failed(error_code="No Way"), "name_refused"),
        (failed(error_code="Ärger"), "name_refused"),
        (failed(message_ids=["a b"]), "name_refused"),
        (content(keys=["org-b:1\u202e"]), "name_refused"),
        (content(keys=[""]), "name_refused"),
        (content(error_code="<b>"), "name_refused"),
        ({**state(), "twin_id": ""}, "name_refused"),
        ({**state(), "twin_id": "../1"}, "name_refused"),
        ({**applied(), "id": "m\n1"}, "name_refused"),
        ({**applied(), "kind": "New Kind"}, "name_refused"),
        ({**applied(), "created_at": "1969-12-31T23:59:59Z"}, "time_refused"),
        ({**applied(), "created_at": "9999-12-31T23:59:59Z"}, "time_refused"),
        ({**applied(), "created_at": "2026-12-01"}, "validation"),
        (comparison(digests={"t-1": "0a\n"}), "name_refused"),
        (comparison(digests={"t 1": "0a"}), "name_refused"),
        (compared(count=True), "validation"),
        (message("connection_changed", _change(change="rm -rf")), "name_refused"),
        (message("connection_changed", {}), "validation"),
        (decision(proposal="p 1"), "name_refused"),
        (decision(error_code="No Way"), "name_refused"),
        (decision(twin_ids=["../1"]), "name_refused"),
        (asking(id=""), "validation"),
        (asking(id="<b>"), "name_refused"),
        (asking(title=7), "validation"),
        (message("state", {**state()["body"], "terms": {"content": "local"}}), "validation"),  # type: ignore[dict-item]
        ({**applied(), "body": 7}, "validation"),
        ({**applied(), "kind": None}, "validation"),
    ],
)
def test_a_message_that_no_honest_node_sends_is_refused_by_name(document: dict[str, object], code: str) -> None:
    refused = take(document)
    assert refused.refusal is not None
    assert (refused.refusal.code, refused.body, refused.raw) == (code, None, None)


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("comment/o:1\u202e", register(comment()), "name_refused"),
        ("comment/o:1\x00", register(comment()), "validation"),
        ("secret", register("x"), "validation"),
        ("comment/", register(comment()), "validation"),
        ("summary", register(7), "validation"),
        ("summary", register("x", version=[1, True]), "validation"),
        ("summary", register("x", version=[1.0, 0]), "validation"),
        ("summary", register("x", changed_in=""), "name_refused"),
        ("summary", register("x", changed_in="org b"), "name_refused"),
        ("summary", register("x", changed_at="2026-12-01T11:00:00"), "validation"),
        ("summary", register("x", changed_at="1969-12-31T23:59:59Z"), "time_refused"),
        ("summary", register("x", changed_at="2026-12-02T12:00:01Z"), "time_refused"),
        ("comment/o:1", register(comment(created_at="9999-12-31T23:59:59.999999Z")), "time_refused"),
        ("attachment/o:1", register(file(size=-1)), "number_refused"),
        ("attachment/o:1", register(file(size=True)), "validation"),
        ("attachment/o:1", register(file(size=1.5)), "validation"),
        ("presence/org-b", register("gone"), "validation"),
        ("summary", None, "validation"),
    ],
)
def test_a_register_that_no_honest_node_sends_is_left_out_by_name(key: str, value: object, code: str) -> None:
    taken = take(state({"type": register({"name": "Bug", "category": ""}), key: value}))
    assert isinstance(taken.body, StateBody)
    assert list(taken.body.registers) == ["type"]
    assert [(one.key, one.refusal.code) for one in taken.left_out] == [(key, code)]


def test_times_up_to_a_day_ahead_are_taken() -> None:
    ahead = (NOW + timedelta(days=1)).isoformat()
    taken = take(state({"summary": register("x", changed_at=ahead)}))
    assert (taken.refusal, taken.left_out) == (None, ())


def test_numbers_that_json_can_write_and_nobody_can_mean_are_refused() -> None:
    for number in (float("nan"), float("inf"), 1e400, 10**400, -1, True, "7", None, [7]):
        document = {**applied(), "body": {**applied()["body"], "work_item_id": number}}  # type: ignore[dict-item]
        taken = check_message(read_peer_message(document), NOW)
        assert taken.refusal is not None
        assert taken.refusal.code in ("validation", "number_refused")


@pytest.mark.parametrize("character", HIDING)
def test_words_for_people_come_without_what_is_not_seen(character: str) -> None:
    taken = take(failed(text=f"No{character} way"))
    assert taken.body is not None
    assert taken.body.text.split() == ["No", "way"]  # type: ignore[union-attr]
    said = take(asking(title=f"Hello{character} you", asked_by=f"Jo{character} B"))
    assert said.body.ask.title.split() == ["Hello", "you"]  # type: ignore[union-attr]
    assert said.body.ask.asked_by.split() == ["Jo", "B"]  # type: ignore[union-attr]
    renamed = take(message("connection_changed", _change(name=f"New{character} name")))
    assert renamed.body is not None
    assert renamed.body.name.split() == ["New", "name"]  # type: ignore[union-attr]


def test_a_refusal_repeats_nothing_that_is_not_seen() -> None:
    taken = take(state({"comment/o:1": register(comment(author="Jo\u202e", text=text(MIB + 1)))}))
    assert taken.refusal is not None
    assert "\u202e" not in taken.refusal.text
    assert taken.refusal.text.startswith("The comment of Jo on 2026-12-01 11:00 has 1,048,577 bytes")


def test_registers_are_counted_over_the_life_of_a_pair() -> None:
    registers = {f"comment/org:{number}": None for number in range(10)}
    known = [f"comment/old:{number}" for number in range(4_990)]
    assert check_register_count(known, registers) == []  # type: ignore[arg-type]
    known.append("summary")
    (left_out,) = check_register_count(known, registers)  # type: ignore[arg-type]
    assert (left_out.key, left_out.refusal.code) == ("comment/org:9", "too_many_registers")


def test_what_a_pair_has_already_is_never_one_too_many() -> None:
    known = [f"comment/org:{number}" for number in range(6_000)]
    assert check_register_count(known, dict.fromkeys(known)) == []  # type: ignore[arg-type]
    assert len(check_register_count(known, {"summary": None})) == 1  # type: ignore[dict-item]


def test_a_message_nested_without_end_is_refused_by_name() -> None:
    nested: object = "x"
    for _ in range(100_000):
        nested = [nested]
    refusal = read_peer_message({**applied(), "kind": "new", "body": {"a": nested}}).refusal
    assert refusal is not None
    assert refusal.code == "nested_too_deep"


def test_a_message_of_an_unknown_kind_passes_as_it_came() -> None:
    document = message("from_the_future", {"a": [1, {"b": None}]}, extra=True)
    taken = take(document)
    assert (taken.refusal, taken.body, taken.raw) == (None, None, document)
