"""The frame of the extension's hub, spoken to by the unmodified SDK; on Server it is sandboxed."""

import base64
import json
from typing import Any

import pytest
import requests
from playwright.sync_api import Frame, Page, expect
from tests.browser.people import HUB, PANEL, Person

from azure_devops_emulator.server import EmulatorServer

pytestmark = pytest.mark.xdist_group("stand-in pages")
SERVICES, SERVER = "/fabrikam", "/tfs/Contoso"
NAVIGATION = "ms.vss-features.host-navigation-service"


@pytest.fixture(params=[SERVICES, SERVER])
def base(request: pytest.FixtureRequest, person: Person) -> str:
    path: str = request.param
    person.sign_in(path)
    return path


def claims_of(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


def call(frame: Frame, service: str, expression: str) -> Any:
    return frame.evaluate(f"SDK.getService('{service}').then((service) => service.{expression})")


def test_the_sdk_learns_where_it_is_and_for_whom(person: Person, base: str, emulator: EmulatorServer) -> None:
    frame = person.open_hub(base)
    organization = emulator.landscape.organization(base.rpartition("/")[2])
    host, user = frame.evaluate("[SDK.getHost(), SDK.getUser()]")
    assert host == {
        "id": organization.instance_id,
        "name": organization.name,
        "serviceVersion": "Emulator",
        "type": 4,
        "isHosted": base == SERVICES,
    }
    assert (user["id"], user["displayName"]) == (organization.administrator.id, "Ada Admin")
    assert frame.evaluate("SDK.getContributionId()") == HUB
    assert frame.evaluate("SDK.getExtensionContext().id") == "idalko-tools.exalate"
    assert frame.evaluate("SDK.getWebContext()") == {}


def test_the_frame_is_sandboxed_on_server_only(person: Person, base: str) -> None:
    frame = person.open_hub(base)
    has_storage = frame.evaluate("(() => { try { localStorage; return true; } catch { return false; } })()")
    assert has_storage == (base == SERVICES)
    assert (frame.evaluate("window.origin") == "null") == (base == SERVER)


def test_its_tokens_are_those_of_the_person(person: Person, base: str, emulator: EmulatorServer) -> None:
    frame = person.open_hub(base)
    user_id = frame.evaluate("SDK.getUser().id")
    assert claims_of(frame.evaluate("SDK.getAppToken()"))["nameid"] == user_id
    headers = {"Authorization": f"Bearer {frame.evaluate('SDK.getAccessToken()')}"}
    found = requests.get(f"{emulator.url}{base}/_apis/connectionData", headers=headers, timeout=10).json()
    assert found["authenticatedUser"]["id"] == user_id


def test_a_spinner_stays_until_the_page_says_that_it_is_there(person: Person, base: str) -> None:
    frame = person.open_hub(base)
    cover = person.page.get_by_text("Loading…")
    expect(cover).to_be_visible()
    frame.evaluate("SDK.notifyLoadSucceeded()")
    expect(cover).to_be_hidden()


def test_a_page_that_fails_is_reported_and_can_be_tried_again(person: Person, base: str) -> None:
    person.open_hub(base).evaluate("SDK.notifyLoadFailed('no node')")
    expect(person.page.get_by_text("The page could not be loaded: no node")).to_be_visible()
    person.page.get_by_role("button", name="Try again").click()
    expect(person.page.get_by_text("Loading…")).to_be_visible()
    assert person.ready_frame().evaluate("SDK.getContributionId()") == HUB


def test_a_page_that_never_answers_is_named(person: Person, page: Page) -> None:
    person.sign_in(SERVICES)
    page.route("**/hub.html", lambda route: route.fulfill(content_type="text/html", body="<html lang='en'></html>"))
    page.clock.install()
    person.open(f"{SERVICES}/_settings/{HUB}")
    page.locator("iframe").wait_for()
    page.clock.fast_forward(16_000)
    expect(page.get_by_text("/hub.html does not answer")).to_be_visible()


def test_a_switch_of_the_theme_reaches_the_page_with_all_variables(person: Person, base: str) -> None:
    frame = person.open_hub(base)
    read = "getComputedStyle(document.documentElement).getPropertyValue('--background-color')"
    before = frame.evaluate(read)
    names = frame.evaluate("document.head.querySelector('style:last-of-type').innerText.match(/--[a-z0-9-]+/g).length")
    person.choose_theme("dark")
    frame.wait_for_function(f"{read} !== '{before}'")
    assert names > 71
    assert [each["name"] for each in frame.evaluate("window.events")] == ["themeApplied", "themeApplied"]
    person.page.reload()
    assert person.ready_frame().evaluate(read) == "rgba(32, 31, 31, 1)"


def test_the_fragment_of_the_address_belongs_to_the_page(person: Person, base: str, page: Page) -> None:
    frame = person.open_hub(base, "#errors")
    assert call(frame, NAVIGATION, "getHash()") == "errors"
    call(frame, NAVIGATION, "onHashChanged((hash) => window.events.push(hash))")
    call(frame, NAVIGATION, "setHash('connections/new')")
    frame.wait_for_function("window.events.at(-1) === 'connections/new'")
    assert page.url.endswith("#connections/new")
    page.go_back()
    frame.wait_for_function("window.events.at(-1) === 'errors'")
    call(frame, NAVIGATION, "replaceHash('triggers')")
    assert page.url.endswith("#triggers")


def test_the_way_past_the_navigation_leaves_the_fragment_alone(person: Person, page: Page) -> None:
    person.sign_in(SERVICES)
    person.open_hub(SERVICES, "#errors")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    assert page.url.endswith("#errors")


def test_the_page_learns_the_address_of_its_organization(person: Person, base: str) -> None:
    frame = person.open_hub(base)
    location = "ms.vss-features.location-service"
    assert call(frame, location, "getServiceLocation()") == f"{person.url}{base}/"
    assert call(frame, location, "getResourceAreaLocation('5264459e-e5e0-4bd8-b118-0985e68a4ec5')") == (
        f"{person.url}{base}/"
    )


@pytest.mark.parametrize(("answer", "told"), [("Remove", True), ("Cancel", False)])
def test_the_page_can_ask_through_a_dialog(person: Person, base: str, page: Page, answer: str, told: bool) -> None:
    frame = person.open_hub(base)
    options = "{title: 'Sure?', okText: 'Remove', onClose: (isConfirmed) => window.events.push({isConfirmed})}"
    call(frame, "ms.vss-features.host-page-layout-service", f"openMessageDialog('It goes.', {options})")
    dialog = page.get_by_role("dialog", name="Sure?")
    expect(dialog).to_contain_text("It goes.")
    dialog.get_by_role("button", name=answer).click()
    frame.wait_for_function("window.events.at(-1).isConfirmed !== undefined")
    assert frame.evaluate("window.events.at(-1)") == {"isConfirmed": told}


def test_another_page_opens_in_a_panel_and_gives_back_its_result(person: Person, base: str, page: Page) -> None:
    frame = person.open_hub(base)
    options = "{title: 'Choose', configuration: {a: 1}, onClose: (chosen) => window.events.push({chosen})}"
    call(frame, "ms.vss-features.host-page-layout-service", f"openPanel('{PANEL}', {options})")
    expect(page.get_by_role("dialog", name="Choose")).to_be_visible()
    panel = page.frame_locator("dialog iframe").locator("#state")
    expect(panel).to_have_text(PANEL)
    inner = page.frames[-1]
    assert inner.evaluate("SDK.getConfiguration().a") == 1
    inner.evaluate("void SDK.getConfiguration().panel.close('this one')")
    frame.wait_for_function("window.events.at(-1).chosen === 'this one'")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_messages_of_the_page_are_shown_by_the_host(person: Person, base: str, page: Page) -> None:
    frame = person.open_hub(base)
    messages = "ms.vss-tfs-web.tfs-global-messages-service"
    call(frame, messages, "addToast({message: 'Copied', duration: 60000})")
    expect(page.get_by_text("Copied")).to_be_visible()
    number = call(frame, messages, "addBanner({message: 'The node is away', level: 'error'})")
    expect(page.get_by_role("alert")).to_contain_text("The node is away")
    call(frame, messages, f"closeBanner({number})")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_what_the_page_stores_is_there_after_a_reload(person: Person, base: str) -> None:
    frame = person.open_hub(base)
    data = "ms.vss-features.extension-data-service"
    manager = "getExtensionDataManager('idalko-tools.exalate', 'token').then((manager) => manager"
    call(frame, data, f"{manager}.setValue('tour', {{seen: [1, null]}}))")
    person.page.reload()
    assert call(person.ready_frame(), data, f"{manager}.getValue('tour'))")["seen"][0] == 1


def test_a_service_that_is_not_there_resolves_to_nothing(person: Person, base: str) -> None:
    frame = person.open_hub(base)
    assert frame.evaluate("SDK.getService('ms.vss-features.nothing')") is None
    assert call(frame, "ms.vss-tfs-web.tfs-page-data-service", "getProject()") is None


def test_a_page_that_reloads_itself_is_greeted_again(person: Person, base: str) -> None:
    person.open_hub(base).evaluate("window.isOld = true; location.reload()")
    frame = person.page.frames[-1]
    frame.wait_for_function("!window.isOld && window.isReady && window.events.length === 1")
    assert frame.evaluate("SDK.getContributionId()") == HUB
    person.choose_theme("dark")
    frame.wait_for_function("window.events.length === 2")


def test_an_organization_without_the_extension_has_no_entry_for_it(page: Page) -> None:
    with EmulatorServer(organizations=[("bare", "Basic")]) as bare:
        person = Person(page, bare.url)
        person.sign_in("/bare")
        person.open("/bare/")
        page.get_by_role("link", name="Organization settings").click()
        expect(page.get_by_role("link", name="Projects")).to_be_visible()
        expect(page.get_by_role("link", name="Exalate")).to_have_count(0)
