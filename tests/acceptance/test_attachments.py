"""Attached files and inline images, in both directions: pulled by the private side, sent by it when asked for."""

import hashlib
import random
from functools import partial

import pytest
from tests.acceptance.conftest import Pair
from tests.acceptance.harness import Side

from adnode.cli.demo.samples import make_picture

pytestmark = pytest.mark.xdist_group("acceptance")
TITLE = "System.Title"
DESCRIPTION = "System.Description"


@pytest.mark.parametrize("direction", ["to the private side", "to the public side"])
def test_files_are_added_and_removed(pair: Pair, direction: str) -> None:
    here, there = (pair.public, pair.private) if direction == "to the private side" else (pair.private, pair.public)
    content = random.Random(7).randbytes(300_000)
    number = here.user.create("Task", {TITLE: f"Files {direction}"})
    here.user.attach(number, "before.bin", content)
    other = pair.share(number, source=here)
    pair.stage.wait_until(lambda: "before.bin" in there.user.attachments(other), "the first file arrives")
    here.user.attach(number, "später (2).txt", b"later")
    pair.stage.wait_until(lambda: "später (2).txt" in there.user.attachments(other), "the second file arrives")
    arrived = there.user.attachments(other)
    assert hashlib.sha256(there.user.download(arrived["before.bin"])).digest() == hashlib.sha256(content).digest()
    assert there.user.download(arrived["später (2).txt"]) == b"later"
    here.user.detach(number, "before.bin")
    pair.stage.wait_until(lambda: list(there.user.attachments(other)) == ["später (2).txt"], "the file goes")
    pair.rest()
    assert list(here.user.attachments(number)) == ["später (2).txt"]


def test_two_files_of_one_name_stay_two(pair: Pair) -> None:
    number = pair.public.user.create("Task", {TITLE: "Two of a name"})
    pair.public.user.attach(number, "log.txt", b"one")
    pair.public.user.attach(number, "log.txt", b"two")
    other = pair.share(number)

    def contents() -> list[bytes]:
        relations = pair.private.user.read(other).get("relations") or []
        urls = [relation["url"] for relation in relations if relation["rel"] == "AttachedFile"]
        return sorted(pair.private.user.download(url) for url in urls)

    pair.stage.wait_until(lambda: len(contents()) == 2, "both files arrive")
    pair.rest()
    assert contents() == [b"one", b"two"]


@pytest.mark.parametrize("direction", ["to the private side", "to the public side"])
def test_an_inline_image_points_to_the_copy_of_its_own_organization(pair: Pair, direction: str) -> None:
    here, there = (pair.public, pair.private) if direction == "to the private side" else (pair.private, pair.public)
    picture = make_picture()
    url = here.user.upload("login.png", picture)
    text = f'<p>Look:</p><p><img src="{url}" alt="login"></p>'
    number = here.user.create("Task", {TITLE: f"Picture {direction}", DESCRIPTION: text})
    other = pair.share(number, source=here)

    def shown() -> str:
        html = str(there.user.fields(other).get(DESCRIPTION, ""))
        return html.partition('src="')[2].partition('"')[0].replace("&amp;", "&")

    pair.stage.wait_until(lambda: shown().startswith(there.user.organization_url), "the image is copied")
    assert there.user.download(shown()) == picture
    pair.rest()
    assert here.user.read(number)["rev"] == 1, "the copy came back as a change"


def test_an_image_in_a_comment_is_copied_too(pair: Pair) -> None:
    url = pair.public.user.upload("shot.png", make_picture(color=(200, 0, 0)))
    number = pair.public.user.create("Task", {TITLE: "Picture in a comment"})
    pair.public.user.add_comment(number, f'<div>See <img src="{url}"></div>')
    other = pair.share(number)
    text = str(pair.private.user.comments(other)[0]["text"])
    assert pair.private.user.organization_url in text
    assert pair.public.user.organization_url not in text


SLOW_MILLISECONDS = 8_000


def test_titles_arrive_while_slow_files_are_on_their_way(pair: Pair) -> None:
    """Files travel beside the messages, and each once, however often the pair is looked at meanwhile."""
    names = [f"slow-{number}.bin" for number in range(4)]
    number = pair.private.user.create("Task", {TITLE: "Slow files"})
    other = pair.share(number, source=pair.private)
    pair.rest()
    sent, taken = transfers(pair.private, "GET"), transfers(pair.public, "POST")
    for name in names:
        pair.private.user.attach(number, name, name.encode())
    for side, method in ((pair.private, "GET"), (pair.public, "POST")):
        side.faults({"route": "*attachments*", "method": method, "latency_ms": SLOW_MILLISECONDS})
    for edit in range(12):
        title = f"Title {edit}"
        pair.public.user.update(other, {TITLE: title})
        pair.stage.wait_until(partial(has_title, pair.private, number, title), f"{title} arrives")
    assert len(pair.public.user.attachments(other)) < len(names), "the files were there before the titles"
    pair.private.no_faults()
    pair.public.no_faults()
    pair.stage.wait_until(lambda: sorted(pair.public.user.attachments(other)) == names, "the files arrive")
    pair.rest()
    assert transfers(pair.private, "GET") - sent == len(names)
    assert transfers(pair.public, "POST") - taken == len(names)


def has_title(side: Side, number: int, title: str) -> bool:
    return bool(side.user.fields(number)[TITLE] == title)


def transfers(side: Side, method: str) -> int:
    """Count how often the node has moved a file from or to its Azure DevOps."""
    counts = side.stats()["calls"]
    return sum(count for route, count in counts.items() if route.startswith(method) and "attachments" in route)
