"""A Chromium and an emulator for the browser tests. Without a browser they fail: they are never skipped."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from scripts.browser import FLAGS, MISSING, find_browser
from tests.browser.administrators import Administrator
from tests.browser.crowd import Crowd, make_crowd
from tests.browser.node_api import NodeApi, give_account, open_api
from tests.browser.page_server import PageServer
from tests.browser.people import Person
from tests.browser.stage import Stage, open_stage

from adnode.cli.demo.azure_devops import AzureDevOpsUser
from azure_devops_emulator.host import Extension
from azure_devops_emulator.server import EmulatorServer

FOLDER = Path(__file__).parent
PAT = "browser-test-token"
DEADLINE_MILLISECONDS = 15_000


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests of each file here run as they stand there, not shuffled: they share the node of their file, and
    what an empty tab says can be seen only before anything is in it.
    """
    ours = [place for place, item in enumerate(items) if FOLDER in item.path.parents]
    files = {path: number for number, path in enumerate(dict.fromkeys(items[place].path for place in ours))}
    in_order = sorted((items[place] for place in ours), key=lambda item: (files[item.path], item.reportinfo()[1] or 0))
    for place, item in zip(ours, in_order, strict=True):
        items[place] = item


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    found = find_browser()
    if found is None:
        pytest.fail(MISSING, pytrace=False)
    return {**browser_type_launch_args, "executable_path": str(found), "args": [*FLAGS]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_context_args,
        "viewport": {"width": 1280, "height": 800},
        "locale": "en-US",
        "timezone_id": "UTC",
        "reduced_motion": "reduce",
    }


@pytest.fixture(scope="session")
def base_url() -> None:
    """Pages are opened by their whole address; the plugin's own fixture is deprecated by this pytest."""


@pytest.fixture(autouse=True)
def deadlines() -> None:
    expect.set_options(timeout=DEADLINE_MILLISECONDS)


@pytest.fixture(autouse=True)
def context_deadline(context: BrowserContext) -> None:
    context.set_default_timeout(DEADLINE_MILLISECONDS)


@pytest.fixture(scope="session")
def emulator() -> Iterator[EmulatorServer]:
    """Two organizations whose extension pages are the stand-ins of these tests."""
    with (
        PageServer() as pages,
        EmulatorServer(
            organizations=[("fabrikam", "Agile", "Website")],
            server_collections=[("Contoso", "Scrum", "Inside")],
            pats=[PAT],
            extension=Extension({"": pages.url}),
        ) as server,
    ):
        yield server


@pytest.fixture
def person(page: Page, emulator: EmulatorServer) -> Person:
    """Somebody at a browser, in front of the emulator."""
    return Person(page, emulator.url)


@pytest.fixture
def website(emulator: EmulatorServer) -> Iterator[AzureDevOpsUser]:
    """Somebody else at work in the project of the organization on Services."""
    user = AzureDevOpsUser(f"{emulator.url}/fabrikam", "Website", PAT)
    yield user
    user.close()


@pytest.fixture
def inside(emulator: EmulatorServer) -> Iterator[AzureDevOpsUser]:
    """Somebody else at work in the project of the collection on Server."""
    user = AzureDevOpsUser(f"{emulator.url}/Contoso", "Inside", PAT)
    yield user
    user.close()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Two companies whose nodes have their accounts. One per module: a node takes some sessions per minute only."""
    with open_stage(tmp_path_factory.mktemp("stage")) as opened:
        for company in (opened.public, opened.private, opened.sister):
            give_account(open_api(company), company)
        yield opened


@pytest.fixture(scope="module")
def public_api(stage: Stage) -> NodeApi:
    """The hub API of the public side."""
    return open_api(stage.public)


@pytest.fixture(scope="module")
def private_api(stage: Stage) -> NodeApi:
    """The hub API of the private side."""
    return open_api(stage.private)


@pytest.fixture
def ann(page: Page, stage: Stage) -> Administrator:
    """The administrator of the public side, signed in to Azure DevOps."""
    person = Administrator(page, stage.public)
    person.sign_in()
    return person


@pytest.fixture
def bob(browser: Browser, browser_context_args: dict[str, Any], stage: Stage) -> Iterator[Administrator]:
    """The administrator of the private side, at a browser of his own."""
    context = browser.new_context(**browser_context_args)
    context.set_default_timeout(DEADLINE_MILLISECONDS)
    person = Administrator(context.new_page(), stage.private)
    person.sign_in()
    yield person
    context.close()


@dataclass(frozen=True, slots=True)
class Pair:
    """An active connection, with the name it has on both sides."""

    name: str
    public: dict[str, Any]
    private: dict[str, Any]


@pytest.fixture
def pair(stage: Stage, public_api: NodeApi, private_api: NodeApi, request: pytest.FixtureRequest) -> Pair:
    """An active connection of this test's own."""
    name = f"Pair of {request.node.name[:60]}"
    code = public_api.initiate(stage.public.project, name)
    private = private_api.accept(code, stage.private.project, name)
    public = next(each for each in public_api.connections() if each["name"] == name)
    return Pair(name, public_api.let_connect(public), private_api.let_connect(private))


@pytest.fixture(scope="module")
def crowd(stage: Stage, public_api: NodeApi, private_api: NodeApi) -> Crowd:
    """A connection with a big database behind it."""
    return make_crowd(stage, public_api, private_api)
