"""Who may, who may no more, and what happens when the node or the session goes away."""

import pytest
from playwright.sync_api import Route, expect
from tests.browser.administrators import Administrator
from tests.browser.stage import Stage

pytestmark = pytest.mark.xdist_group("access")


def to_project(ann: Administrator) -> None:
    ann.open("connections")
    ann.press("Initiate connection")
    ann.press("I don't have a URL")
    ann.panel.get_by_role("radio", name="Basic").check()


@pytest.mark.parametrize("role", ["contributor", "reader"])
def test_who_is_no_administrator_learns_what_is_missing_and_who_can_give_it(ann: Administrator, role: str) -> None:
    ann.sign_in(role)
    ann.open("connections")
    expect(ann.hub.get_by_text("You can't use this page.")).to_be_visible()
    expect(ann.hub.get_by_text("Edit collection-level information").first).to_be_visible()
    expect(ann.hub.get_by_text("Project Collection Administrator").first).to_be_visible()
    expect(ann.hub.get_by_role("button", name="Initiate connection")).to_have_count(0)
    ann.check_accessibility()


def test_on_server_the_same(bob: Administrator) -> None:
    bob.sign_in("reader")
    bob.open()
    expect(bob.hub.get_by_text("You can't use this page.")).to_be_visible()


def test_a_session_that_ends_in_the_middle_of_a_form_is_renewed_unseen(ann: Administrator) -> None:
    to_project(ann)
    refused: list[str] = []

    def end_session(route: Route) -> None:
        if refused:
            route.continue_()
            return
        refused.append(route.request.url)
        route.continue_(headers={**route.request.headers, "authorization": "Bearer ended"})

    ann.page.route("**/api/v1/projects*", end_session)
    ann.press("Next")
    ann.choose_project("Web Shop")
    ann.press("Next")
    ann.press("Initiate")
    expect(ann.panel.get_by_label("Invitation code")).to_be_visible()
    assert refused


def test_who_is_signed_out_in_the_middle_of_a_form_signs_in_again_and_goes_on(ann: Administrator) -> None:
    to_project(ann)
    ann.press("Next")
    ann.choose_project("Web Shop")
    ann.press("Next")
    ann.page.context.clear_cookies()
    ann.page.route(
        "**/api/v1/connections",
        lambda route: route.continue_(headers={**route.request.headers, "authorization": "Bearer ended"}),
        times=1,
    )
    ann.press("Initiate")
    expect(ann.panel.get_by_role("alert").first).to_be_visible()
    expect(ann.panel.get_by_text("Web Shop")).to_be_visible()
    ann.sign_in()
    ann.press("Retry")
    expect(ann.panel.get_by_label("Invitation code")).to_be_visible()


def test_nothing_is_lost_while_the_node_is_away(ann: Administrator, stage: Stage) -> None:
    to_project(ann)
    ann.press("Next")
    ann.choose_project("Web Shop")
    ann.press("Next")
    stage.public.node.kill()
    ann.press("Initiate")
    expect(ann.panel.get_by_text("The node does not answer.")).to_be_visible()
    ann.check_accessibility()
    stage.public.node.start()
    ann.press("Retry")
    expect(ann.panel.get_by_label("Invitation code")).to_be_visible()


def test_the_page_comes_back_by_itself_when_the_node_does(ann: Administrator, stage: Stage) -> None:
    ann.open("connections")
    expect(ann.hub.get_by_role("button", name="Accept invitation").first).to_be_visible()
    stage.public.node.kill()
    expect(ann.hub.get_by_text("The node does not answer.")).to_be_visible()
    stage.public.node.start()
    expect(ann.hub.get_by_text("The node does not answer.")).to_have_count(0)


def test_a_page_that_can_not_be_loaded_is_named_by_the_host(ann: Administrator, stage: Stage) -> None:
    stage.public.node.kill()
    ann.page.clock.install()
    ann.open()
    ann.page.locator("main iframe").wait_for()
    ann.page.clock.fast_forward(16_000)
    expect(ann.page.get_by_text("does not answer")).to_be_visible()
    stage.public.node.start()
    ann.page.get_by_role("button", name="Try again").click()
    expect(ann.hub.get_by_role("heading", name="Getting Started", exact=True)).to_be_visible()


def test_slow_answers_show_what_is_being_loaded(ann: Administrator) -> None:
    ann.page.route("**/api/v1/connections?*", lambda route: None)
    ann.open("connections")
    expect(ann.hub.get_by_text("Loading", exact=False).first).to_be_attached()
    ann.check_accessibility()
    ann.page.unroute_all(behavior="ignoreErrors")
