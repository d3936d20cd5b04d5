"""Exalate Notifications: a mail server is set up and tried, an error is mailed, and its reader unsubscribes."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect
from standardwebhooks.webhooks import Webhook
from tests.browser.administrators import Administrator
from tests.browser.conftest import Pair
from tests.browser.crowd import Crowd
from tests.browser.node_api import NodeApi
from tests.browser.pictures import Album
from tests.browser.stage import Stage
from tests.unit.adapters.mail_servers import HOST, Mailbox, mail_server, part, scripted_server
from tests.unit.adapters.test_webhook import Receiver, receiving

from adnode.adapters.storage import open_storage
from adnode.cli.demo.processes import wait_until
from adnode.domain.error_record import ErrorRecord, Impact
from azure_devops_emulator.seeding import seed

pytestmark = [pytest.mark.xdist_group("notifications"), pytest.mark.timeout(180)]
TITLE = "System.Title"
ACTIVITY = "Microsoft.VSTS.Common.Activity"
TAB = "exalate-notifications"


@dataclass(slots=True)
class Post:
    """A mail server on this machine."""

    mailbox: Mailbox
    port: int


@pytest.fixture(scope="module")
def post() -> Iterator[Post]:
    mailbox = Mailbox(refused={"nobody@example.com"})
    with mail_server(mailbox) as port:
        yield Post(mailbox, port)


@pytest.fixture
def album(tmp_path: Path) -> Album:
    return Album("console-notifications", tmp_path / "pictures")


def fill_server(person: Administrator, port: int) -> None:
    """Enter a mail server without encryption on this machine into the open panel."""
    panel = person.panel
    panel.get_by_label("Host").fill(HOST)
    panel.get_by_label("Security").select_option("none")
    panel.get_by_label("Port").fill(str(port))
    panel.get_by_label("Sender's address").fill("exalate@example.com")
    panel.get_by_label("Sender's name").fill("Exalate")


def try_server(person: Administrator, recipient: str) -> None:
    person.panel.get_by_label("Send a test mail to").fill(recipient)
    person.press("Test")


def choose(person: Administrator, address: str, action: str) -> None:
    """Choose an action in the menu of somebody who is told."""
    person.hub.get_by_role("button", name=f"More actions for {address}").click()
    person.hub.get_by_role("menuitem", name=action).click()


def told(person: Administrator) -> Locator:
    return person.hub.get_by_role("table", name="Recent deliveries")


def configure(api: NodeApi, port: int) -> None:
    """Set the mail server without the page."""
    revision = api.call("GET", "/notifications/mail-server")["revision"]
    server = {"host": HOST, "port": port, "security": "none", "sender_address": "exalate@example.com"}
    api.call("PUT", "/notifications/mail-server", server, **{"If-Match": f'"{revision}"'})


def require_field(stage: Stage, default: str | None) -> None:
    rules = [{"project": stage.public.project, "type": "Task", "required": {ACTIVITY: default}}]
    seed(stage.public.emulator.landscape, {"organization": stage.public.name, "rules": rules})


@pytest.fixture
def shared(stage: Stage, public_api: NodeApi, pair: Pair) -> Iterator[int]:
    """The partner's number of a work item under sync, whose changes the public side can be made to refuse."""
    number = stage.public.user.create("Task", {TITLE: "Before the rule"})
    path = f"/connections/{pair.public['id']}/work-items"
    public_api.call("POST", path, {"work_item": str(number)})
    wait_until(lambda: public_api.call("GET", f"{path}/{number}")["status"] == "synchronized", 30, "it is shared")
    yield int(public_api.call("GET", f"{path}/{number}")["remote"]["id"])
    require_field(stage, "Design")


def test_from_the_mail_server_to_the_unsubscribed_reader(
    ann: Administrator, stage: Stage, post: Post, shared: int, album: Album
) -> None:
    hub = ann.hub
    ann.open(TAB)
    expect(hub.get_by_text("No mail server is configured.")).to_be_visible()
    expect(hub.get_by_text("Nobody is told about errors yet.")).to_be_visible()
    ann.check_accessibility()

    ann.press("Configure mail server")
    fill_server(ann, post.port)
    try_server(ann, "nobody@example.com")
    expect(ann.panel.get_by_text("550 5.1.1 no such user here")).to_be_visible()
    ann.check_accessibility()
    album.take(ann.page, "refused")
    try_server(ann, "ada@example.com")
    expect(ann.panel.get_by_text("The mail server took the test mail.")).to_be_visible()
    assert post.mailbox.mails[-1]["To"] == "ada@example.com"
    ann.press("Save")
    expect(hub.get_by_text(f"{HOST}, port {post.port}")).to_be_visible()

    ann.press("Add")
    ann.panel.get_by_label("E-mail address").fill("ada@example.com")
    ann.check_accessibility()
    album.take(ann.page, "add")
    ann.panel.get_by_role("button", name="Add", exact=True).click()
    people = hub.get_by_role("table", name="Who is told")
    expect(people.get_by_role("row").filter(has_text="ada@example.com")).to_contain_text("Active")
    choose(ann, "ada@example.com", "Send test")
    ann.press("Send test")
    expect(ann.panel.get_by_text("The test was taken.")).to_be_visible()
    ann.check_accessibility()
    ann.press("Close")

    before = len(post.mailbox.envelopes)
    require_field(stage, None)
    stage.private.user.update(shared, {TITLE: "Refused for a field"})
    wait_until(lambda: len(post.mailbox.envelopes) > before, 40, "the error is mailed")
    mail = post.mailbox.mails[-1]
    assert str(mail["Subject"]).startswith("fabrikam: ")
    assert "Activity" in part(mail, "plain")
    expect(told(ann).get_by_text("Sent").first).to_be_visible(timeout=30_000)
    ann.check_accessibility()
    album.take(ann.page, "told")

    way = re.search(r"What to do: (\S+)", part(mail, "plain"))
    assert way is not None
    ann.page.goto(way.group(1))
    expect(hub.get_by_role("heading", name="Errors", exact=True)).to_be_visible()
    expect(hub.get_by_text("Activity").first).to_be_visible()

    link = re.search(r"<(http[^>]+/unsubscribe/[^>]+)>", str(mail["List-Unsubscribe"]))
    assert link is not None
    assert link.group(1) in part(mail, "plain")
    ann.page.goto(link.group(1))
    expect(ann.page.get_by_role("heading", name="No more mails?")).to_be_visible()
    ann.check_accessibility()
    album.take(ann.page, "unsubscribe")
    ann.page.get_by_role("button", name="Unsubscribe").click()
    expect(ann.page.get_by_role("heading", name="You are unsubscribed")).to_be_visible()
    ann.check_accessibility()
    ann.open(TAB)
    expect(people.get_by_text("Unsubscribed")).to_be_visible()
    choose(ann, "ada@example.com", "Remove")
    ann.check_accessibility()
    ann.confirm("Remove")
    expect(hub.get_by_text("Nobody is told about errors yet.")).to_be_visible()


def test_a_mail_server_that_hangs_leaves_the_page_usable(ann: Administrator) -> None:
    ann.open(f"{TAB}/mail-server")
    with scripted_server(b"220 hello\r\n") as port:
        fill_server(ann, port)
        try_server(ann, "ada@example.com")
        expect(ann.panel.get_by_text("This may take a quarter of a minute")).to_be_visible()
        # Meanwhile the node answers others, and the form takes what is typed.
        ann.panel.get_by_label("Sender's name").fill("Still here")
        expect(ann.panel.get_by_text("did not answer in time")).to_be_visible(timeout=40_000)
    expect(ann.panel.get_by_label("Sender's name")).to_have_value("Still here")
    ann.check_accessibility()


def test_a_webhook_is_signed_and_refused_inside_a_private_network(ann: Administrator, album: Album) -> None:
    receiver = Receiver()
    ann.open(f"{TAB}/add")
    ann.panel.get_by_role("radio", name="Webhook").check()
    field = ann.panel.get_by_label("Address of the webhook")
    add = ann.panel.get_by_role("button", name="Add", exact=True)
    for address in ("https://10.1.2.3/x", "https://169.254.169.254/latest/meta-data"):
        field.fill(address)
        add.click()
        expect(ann.panel.get_by_text("inside a private network")).to_be_visible()
    ann.check_accessibility()
    with receiving(receiver) as port:
        url = f"http://{HOST}:{port}/hook"
        field.fill(url)
        add.click()
        secret = ann.panel.get_by_label("Secret", exact=True).input_value()
        ann.check_accessibility()
        album.take(ann.page, "secret")
        ann.press("Close")
        choose(ann, url, "Send test")
        ann.press("Send test")
        expect(ann.panel.get_by_text("The test was taken.")).to_be_visible()
        ann.press("Close")
    [(headers, body)] = receiver.requests
    assert Webhook(secret).verify(body, headers)["type"] == "test"
    choose(ann, url, "Pause")
    expect(ann.hub.get_by_text("Paused")).to_be_visible()
    choose(ann, url, "Remove")
    ann.confirm("Remove")
    expect(ann.hub.get_by_role("button", name=f"More actions for {url}")).to_have_count(0)


def test_a_thousand_errors_beside_five_thousand_are_one_mail(
    ann: Administrator, stage: Stage, public_api: NodeApi, crowd: Crowd, post: Post, album: Album
) -> None:
    configure(public_api, post.port)
    before = len(post.mailbox.envelopes)
    wish = {"kind": "email", "address": "crowd@example.com", "impacts": ["work_item"], "connection_ids": []}
    public_api.call("POST", "/notifications/subscribers", wish)
    ann.open(TAB)
    open_thousand(stage, crowd)
    row = told(ann).get_by_role("row").filter(has_text="crowd@example.com")
    expect(row).to_contain_text("1,000 errors", timeout=40_000)
    expect(row).to_contain_text("Sent", timeout=40_000)
    ann.check_accessibility()
    row.scroll_into_view_if_needed()
    album.take(ann.page, "thousand")
    [mail] = post.mailbox.mails[before:]
    assert "1,000 errors" in str(mail["Subject"])
    page = public_api.call("GET", "/notifications/deliveries?limit=5")
    assert json.dumps(page).count('"error_count": 1000') == 1


def open_thousand(stage: Stage, crowd: Crowd) -> None:
    """Open a thousand errors at once, as a mistake in a process would."""
    storage = open_storage(f"sqlite:///{stage.public.node.directory / 'adnode.db'}")
    now = datetime.now(UTC)
    with storage.unit_of_work() as work:
        for number in range(1000):
            record = ErrorRecord(
                id=f"thousand-{number}",
                organization_id=crowd.organization_id,
                connection_id=crowd.connection_id,
                twin_id=f"crowd-{10_000 + number:05d}",
                impact=Impact.WORK_ITEM,
                code="project_not_found",
                message="Project Web Shop is not found.",
                opened_at=now,
                last_seen_at=now,
                work_item_id=3_000_000 + number,
            )
            work.error_records.open(record)
        work.commit()
    storage.close()
