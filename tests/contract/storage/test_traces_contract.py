"""Traces and contents, on every storage."""

from dataclasses import replace

import pytest
from tests.contract.storage.databases import AnyStorage, changing
from tests.contract.storage.values import NOW, later, make_content, make_trace, make_twin

from adnode.domain.rich_text import RichText, TextFormat
from adnode.domain.sync_state import AttachmentValue, CommentValue
from adnode.domain.trace import AskedFile, Trace, TraceKind

FILE = make_trace("org:f", kind=TraceKind.ATTACHMENT, local_id="guid", local_form="", value=AttachmentValue("a.txt", 3))


@pytest.mark.parametrize(
    "trace",
    [
        make_trace(),
        make_trace(value=CommentValue("Ä", NOW, RichText("*x*", TextFormat.MARKDOWN), is_deleted=True)),
        make_trace(value=None, local_form="", local_id=""),
        FILE,
        make_trace("org:i", kind=TraceKind.IMAGE, value=None),
    ],
)
def test_a_trace_comes_back_as_it_was_saved(storage: AnyStorage, trace: Trace) -> None:
    with changing(storage) as work:
        work.traces.save([trace])
    with storage.unit_of_work() as work:
        assert work.traces.find("org", [42]) == {42: [trace]}


def test_traces_are_found_by_work_item_of_the_organization(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.traces.save([make_trace("org:1"), make_trace("org:2"), make_trace("org:3", work_item_id=43)])
        work.traces.save([make_trace("org:4", organization_id="other")])
        work.traces.save([])
    with storage.unit_of_work() as work:
        found = work.traces.find("org", [42, 44])
        assert set(found) == {42}
        assert {trace.key for trace in found[42]} == {"org:1", "org:2"}
        assert work.traces.find("org", []) == {}


def test_a_trace_is_replaced_by_work_item_kind_and_key(storage: AnyStorage) -> None:
    replaced = make_trace(local_id="18", local_form="other", value=None)
    with changing(storage) as work:
        work.traces.save([make_trace(), replace(FILE, key="org:1")])
        work.traces.save([replaced])
        assert set(work.traces.find("org", [42])[42]) == {replaced, replace(FILE, key="org:1")}


def test_the_last_of_equal_traces_of_one_call_counts(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.traces.save([make_trace(local_id="1"), make_trace(local_id="2")])
        assert [trace.local_id for trace in work.traces.find("org", [42])[42]] == ["2"]


def test_traces_of_many_work_items_are_saved_and_found_at_once(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.traces.save([make_trace(work_item_id=number) for number in range(1200)])
        assert len(work.traces.find("org", range(1200))) == 1200


def test_only_linked_files_are_found_by_key(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.traces.save([make_trace("comment"), replace(FILE, key="unlinked", local_id="")])
        work.traces.save([replace(FILE, key="file"), replace(FILE, key="image", kind=TraceKind.IMAGE)])
    with storage.unit_of_work() as work:
        assert work.traces.find_by_key("org", "file") == replace(FILE, key="file")
        assert work.traces.find_by_key("org", "image") == replace(FILE, key="image", kind=TraceKind.IMAGE)
        for organization_id, key in (("org", "comment"), ("org", "unlinked"), ("other", "file"), ("org", "nowhere")):
            assert work.traces.find_by_key(organization_id, key) is None


def test_contents_are_found_by_key_of_the_connection(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.traces.add_content(make_content("a"))
        work.traces.add_content(make_content("b"))
        work.traces.add_content(make_content("a", connection_id="c2", size=5_000_000_000))
    with storage.unit_of_work() as work:
        assert work.traces.contents("c1", ["a", "nowhere"]) == {"a": make_content("a")}
        assert work.traces.contents("c2", ["a"])["a"].size == 5_000_000_000
        assert work.traces.contents("c1", []) == {}


def test_a_content_replaces_the_one_of_the_same_key(storage: AnyStorage) -> None:
    lost = make_content("a", attachment_id="", url="", sha256="", size=0)
    with changing(storage) as work:
        work.traces.add_content(make_content("a"))
        work.traces.add_content(lost)
        assert work.traces.contents("c1", ["a"]) == {"a": lost}


def test_forgotten_contents_are_gone(storage: AnyStorage) -> None:
    keys = [f"k{number}" for number in range(1200)]
    with changing(storage) as work:
        for key in ("k1", "k2", "kept"):
            work.traces.add_content(make_content(key))
        work.traces.add_content(make_content("k1", connection_id="c2"))
        work.traces.remove_contents("c1", keys)
        work.traces.remove_contents("c1", [])
        assert set(work.traces.contents("c1", [*keys, "kept"])) == {"kept"}
        assert set(work.traces.contents("c2", ["k1"])) == {"k1"}


def test_keys_may_be_as_long_as_a_register_key(storage: AnyStorage) -> None:
    key = "k" * 389
    with changing(storage) as work:
        work.traces.save([make_trace(key)])
        work.traces.add_content(make_content(key))
        assert work.traces.find("org", [42])[42][0].key == key
        assert set(work.traces.contents("c1", [key])) == {key}


# files asked for -----------------------------------------------------------------------------------------------------

LONG = "org:" + "k" * 496
"""The longest key that a peer may send."""


def test_what_was_asked_for_is_known_by_connection_and_key(storage: AnyStorage) -> None:
    asked = [AskedFile("c1", LONG, "t1", NOW), AskedFile("c1", "org:2", "t1", NOW), AskedFile("c2", "org:2", "t2", NOW)]
    with changing(storage) as work:
        work.traces.ask_for_files(asked)
        work.traces.ask_for_files([])
    with storage.unit_of_work() as work:
        assert work.traces.asked_files("c1", [LONG, "org:2", "org:3"]) == {LONG: asked[0], "org:2": asked[1]}
        assert work.traces.asked_files("c2", [LONG, "org:2"]) == {"org:2": asked[2]}
        assert work.traces.asked_files("c1", []) == {}


def test_asking_again_changes_the_time(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.traces.ask_for_files([AskedFile("c1", "org:1", "t1", NOW)])
        work.traces.ask_for_files([AskedFile("c1", "org:1", "t1", later(60))])
    with storage.unit_of_work() as work:
        assert work.traces.asked_files("c1", ["org:1"])["org:1"].asked_at == later(60)


def test_what_arrived_or_can_not_be_had_is_asked_for_no_more(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.traces.ask_for_files([AskedFile(owner, "org:1", "t1", NOW) for owner in ("c1", "c2")])
        work.traces.add_content(make_content("org:1"))
    with storage.unit_of_work() as work:
        assert work.traces.asked_files("c1", ["org:1"]) == {}
        assert list(work.traces.asked_files("c2", ["org:1"])) == ["org:1"]


def test_what_never_came_is_forgotten_some_at_a_time(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.traces.ask_for_files([AskedFile("c1", f"org:{number}", "t1", later(number)) for number in range(4)])
        assert work.traces.forget_asked(later(3), 2) == 2
        assert work.traces.forget_asked(later(3), 2) == 1
        assert work.traces.forget_asked(later(3), 2) == 0
        assert list(work.traces.asked_files("c1", [f"org:{number}" for number in range(4)])) == ["org:3"]


def test_what_was_asked_for_goes_with_its_twin(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.twins.add(make_twin("t1", work_item_id=1), due_at=None)
        work.traces.ask_for_files([AskedFile("c1", "org:1", "t1", NOW), AskedFile("c1", "org:2", "t2", NOW)])
        work.clean_up.forget("c1", ["t1"], NOW)
        assert list(work.traces.asked_files("c1", ["org:1", "org:2"])) == ["org:2"]


def test_the_longest_key_fits_everywhere(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.traces.add_content(replace(make_content("org:1"), key=LONG))
        work.traces.save([make_trace(LONG)])
    with storage.unit_of_work() as work:
        assert list(work.traces.contents("c1", [LONG])) == [LONG]
        assert [trace.key for trace in work.traces.find("org", [42])[42]] == [LONG]
