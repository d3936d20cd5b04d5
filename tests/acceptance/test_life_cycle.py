"""Deleting, restoring, moving, taking out of sync, deactivating."""

import pytest
from tests.acceptance.conftest import Pair

pytestmark = pytest.mark.xdist_group("acceptance")
TITLE = "System.Title"


def test_a_deletion_deletes_nothing_on_the_other_side_and_a_restore_wakes_the_pair(pair: Pair) -> None:
    public, private = pair.public.user, pair.private.user
    number = public.create("Task", {TITLE: "Thrown away"})
    other = pair.share(number)
    public.delete(number)
    pair.stage.wait_until(
        lambda: pair.private.twin(other).get("status") == "remote_removed", "the private side hears of the deletion"
    )
    assert pair.public.twin(number)["status"] == "local_removed"
    private.update(other, {TITLE: "Changed meanwhile"})
    public.restore(number)
    pair.stage.wait_until(lambda: public.fields(number)[TITLE] == "Changed meanwhile", "the change comes after all")
    pair.stage.wait_until(lambda: pair.private.twin(other).get("status") == "synchronized", "the pair is awake")
    public.update(number, {TITLE: "In use again"})
    pair.stage.wait_until(lambda: private.fields(other)[TITLE] == "In use again", "changes travel again")


def test_an_item_that_moves_to_another_project_stays_in_sync(pair: Pair) -> None:
    public, private = pair.public.user, pair.private.user
    pair.public.add_project("Tailspin", "Agile")
    number = public.create("Task", {TITLE: "On the move"})
    other = pair.share(number)
    moved = {"System.TeamProject": "Tailspin", "System.AreaPath": "Tailspin", "System.IterationPath": "Tailspin"}
    public.update(number, {**moved, TITLE: "Moved"})
    pair.stage.wait_until(lambda: private.fields(other)[TITLE] == "Moved", "the title arrives")
    assert private.fields(other)["System.TeamProject"] == "Fabrikam"
    private.add_comment(other, "<p>still heard?</p>")
    there = pair.public.user_of("Tailspin")
    pair.stage.wait_until(
        lambda: any("still heard" in str(comment["text"]) for comment in there.comments(number)),
        "the comment reaches the new project",
    )


def test_what_changes_while_deactivated_arrives_after_activation(pair: Pair) -> None:
    public, private = pair.public.user, pair.private.user
    number = public.create("Task", {TITLE: "Before"})
    other = pair.share(number)
    pair.rest()
    pair.private.node.command("connection", "deactivate", pair.connection_id)
    public.update(number, {TITLE: "While away"})
    private.add_comment(other, "<p>while away too</p>")
    pair.stage.wait_until(
        lambda: pair.public.queue(pair.connection_id)["outgoing"] > 0,
        "the change waits in the queue",
    )
    assert private.fields(other)[TITLE] == "Before"
    pair.private.node.command("connection", "activate", pair.connection_id)
    pair.stage.wait_until(lambda: private.fields(other)[TITLE] == "While away", "the title arrives")
    pair.stage.wait_until(
        lambda: any("while away too" in str(comment["text"]) for comment in public.comments(number)),
        "the comment arrives",
    )


def test_an_unlinked_item_is_left_alone_on_both_sides(pair: Pair) -> None:
    public, private = pair.public.user, pair.private.user
    number = public.create("Task", {TITLE: "Together"})
    other = pair.share(number)
    pair.rest()
    pair.public.node.command("work-item", "unlink", pair.connection_id, str(number))
    pair.stage.wait_until(lambda: not pair.private.twin(other), "the private side hears of it")
    public.update(number, {TITLE: "Alone"})
    marker = public.create("Task", {TITLE: "Marker"})
    pair.share(marker)
    assert private.fields(other)[TITLE] == "Together"
