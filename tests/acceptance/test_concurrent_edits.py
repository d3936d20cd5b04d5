"""People on both sides change the same thing at once."""

import json

import pytest
from tests.acceptance.conftest import Pair

pytestmark = pytest.mark.xdist_group("acceptance")
TITLE = "System.Title"
DESCRIPTION = "System.Description"


def test_both_sides_converge_and_the_losing_value_is_kept(pair: Pair) -> None:
    public, private = pair.public.user, pair.private.user
    number = public.create("Task", {TITLE: "Start"})
    other = pair.share(number)
    pair.rest()
    pair.private.node.command("connection", "deactivate", pair.connection_id)
    public.update(number, {TITLE: "Public title"})
    private.update(other, {TITLE: "Private title", DESCRIPTION: "<p>only here</p>"})
    pair.private.node.command("connection", "activate", pair.connection_id)
    pair.stage.wait_until(
        lambda: "only here" in public.fields(number).get(DESCRIPTION, ""), "the field that only one side changed"
    )
    pair.stage.wait_until(
        lambda: public.fields(number)[TITLE] == private.fields(other)[TITLE] != "Start", "both sides have one title"
    )
    pair.rest()
    title = public.fields(number)[TITLE]
    assert title == private.fields(other)[TITLE]
    assert title in {"Public title", "Private title"}
    loser = ({"Public title", "Private title"} - {title}).pop()
    kept = [
        json.loads(conflict["loser"])["value"]
        for side in (pair.public, pair.private)
        for conflict in side.node.command("conflicts", "list")
        if conflict["key"] == "summary" and conflict["work_item_id"] in (number, other)
    ]
    assert loser in kept


def test_many_edits_at_once_on_both_sides_end_equal(pair: Pair) -> None:
    public, private = pair.public.user, pair.private.user
    number = public.create("Task", {TITLE: "Race"})
    other = pair.share(number)
    for turn in range(8):
        public.update(number, {TITLE: f"public {turn}"})
        private.update(other, {TITLE: f"private {turn}", DESCRIPTION: f"<p>text {turn}</p>"})
    pair.stage.wait_until(
        lambda: (
            public.fields(number)[TITLE] == private.fields(other)[TITLE]
            and "text 7" in public.fields(number).get(DESCRIPTION, "")
        ),
        "both sides are equal",
    )
    pair.rest()
    assert public.fields(number)[TITLE] == private.fields(other)[TITLE]
    assert public.fields(number)[DESCRIPTION] == private.fields(other)[DESCRIPTION]
