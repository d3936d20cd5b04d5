"""The wizards: initiating, handing over the code, accepting, pairing anew."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from tests.unit.web.hub.bench import Page, Pair, make_bench, make_pair

from adnode.domain.invitation_code import decode_offer, encode_offer
from adnode.ports.peer import PeerInformation


@pytest.fixture
def pair() -> Pair:
    return make_pair()


@pytest.fixture
def alice() -> Page:
    bench = make_bench("alpha")
    bench.person("alice", bench.organizations[0])
    return bench.sign_in("alice", bench.organizations[0])


WISH = {"project": "Fabrikam", "visibility": "private"}


# initiating ----------------------------------------------------------------------------------------------------------


def test_initiating_gives_a_pending_connection_and_a_code(alice: Page) -> None:
    made = alice.initiate()
    connection = made["connection"]
    assert decode_offer(made["code"]).connection_id == connection["id"]
    assert (connection["status"], connection["name"], connection["remote"]) == ("pending", "alpha to unknown", None)
    assert (connection["invitation"]["status"], connection["invitation"]["expires_at"]) == ("open", made["expires_at"])
    assert alice.actions(connection["id"]) == ["connection_initiated"]


def test_a_double_click_initiates_once(alice: Page) -> None:
    answers = [alice.call("POST", "/connections", WISH, Idempotency_Key="click-1") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json == answers[1].json
    assert alice.get("/connections")["total"] == 1
    assert alice.actions() == ["connection_initiated", "session_opened", "organization_registered"]


def test_clicks_at_the_same_moment_initiate_once(alice: Page) -> None:
    def click(_number: int) -> tuple[int, str]:
        answer = alice.call("POST", "/connections", WISH, Idempotency_Key="click-1")
        return answer.status_code, answer.json["code"]

    with ThreadPoolExecutor(4) as pool:
        results = set(pool.map(click, range(8)))
    assert len(results) == 1
    assert alice.get("/connections")["total"] == 1


def test_another_wish_with_the_same_key_is_a_mistake(alice: Page) -> None:
    alice.call("POST", "/connections", WISH, Idempotency_Key="click-1")
    answer = alice.call("POST", "/connections", {**WISH, "name": "Other"}, Idempotency_Key="click-1")
    assert (answer.status_code, answer.json["code"]) == (422, "repetition_mismatch")


def test_a_key_counts_for_a_day(alice: Page) -> None:
    first = alice.call("POST", "/connections", WISH, Idempotency_Key="click-1").json
    alice.bench.clock.advance(24 * 3600 + 1)
    alice = alice.bench.sign_in("alice", alice.bench.organizations[0])
    second = alice.call("POST", "/connections", WISH, Idempotency_Key="click-1").json
    assert first["connection"]["id"] != second["connection"]["id"]


def test_without_a_key_two_clicks_are_two_connections(alice: Page) -> None:
    alice.initiate()
    assert alice.initiate()["connection"]["name"] == "alpha to unknown 2"


def test_with_a_destination_the_connection_is_called_after_it_until_accepted(alice: Page) -> None:
    made = alice.initiate(visibility="public", destination_url="https://node.partner.example/x")
    assert made["connection"]["name"] == "alpha to node.partner.example"


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"project": "Nowhere"}, 422, "project_not_found"),
        ({"project": ""}, 422, "validation"),
        ({"mode": "script"}, 422, "validation"),
        ({"visibility": "local"}, 422, "validation"),
        ({"name": "a\nb"}, 422, "validation"),
        ({"destination_url": "https://node.example"}, 422, "validation"),
        ({"surprise": 1}, 422, "validation"),
    ],
)
def test_wishes_that_cannot_be_met_are_refused(alice: Page, wish: dict[str, object], status: int, code: str) -> None:
    answer = alice.call("POST", "/connections", {**WISH, **wish})
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert alice.get("/connections")["items"] == []


def test_without_an_account_the_page_is_sent_to_general_settings() -> None:
    bench = make_bench("alpha", has_credentials=False)
    bench.person("alice", bench.organizations[0])
    page = bench.sign_in("alice", bench.organizations[0])
    answer = page.call("POST", "/connections", WISH)
    assert (answer.status_code, answer.json["reason"]) == (422, "credential_missing")
    assert "General Settings" in answer.json["detail"]


def test_a_private_node_cannot_invite(pair: Pair) -> None:
    answer = pair.bob.call("POST", "/connections", WISH)
    assert (answer.status_code, answer.json["code"]) == (503, "configuration")


# the code ------------------------------------------------------------------------------------------------------------


def test_an_open_code_is_shown_again_and_that_is_written_down(alice: Page) -> None:
    made = alice.initiate()
    path = f"/connections/{made['connection']['id']}/invitation"
    assert alice.get(path) == {"code": made["code"], "expires_at": made["expires_at"]}
    assert alice.actions(made["connection"]["id"])[0] == "invitation_shown"


def test_a_new_code_replaces_the_old_one(pair: Pair) -> None:
    made = pair.alice.initiate()
    pair.alpha.clock.advance(1)
    renewed = pair.alice.edit("POST", made["connection"], "/invitation")
    assert renewed.status_code == 200
    assert renewed.json["code"] != made["code"]
    refused = pair.bob.call("POST", "/invitations/acceptance", {"code": made["code"], "project": "Fabrikam"})
    assert (refused.status_code, refused.json["code"]) == (410, "invitation_revoked")
    assert pair.bob.accept(renewed.json["code"])["status"] == "active"


def test_a_revoked_code_is_over(pair: Pair) -> None:
    made = pair.alice.initiate()
    assert pair.alice.edit("DELETE", made["connection"], "/invitation").status_code == 204
    shown = pair.alice.connection(made["connection"]["id"])
    assert shown["invitation"]["status"] == "revoked"
    path = f"/connections/{shown['id']}/invitation"
    assert pair.alice.call("GET", path).json["code"] == "invitation_revoked"
    assert pair.alice.edit("DELETE", shown, "/invitation").status_code == 410
    assert pair.alice.actions(shown["id"])[0] == "invitation_revoked"


def test_an_expired_code_shows_as_expired_and_can_be_replaced(pair: Pair) -> None:
    made = pair.alice.initiate()
    pair.alpha.clock.advance(72 * 3600)
    alice = pair.alpha.sign_in("alice", pair.alpha.organizations[0])
    shown = alice.connection(made["connection"]["id"])
    assert shown["invitation"]["status"] == "expired"
    assert alice.call("GET", f"/connections/{shown['id']}/invitation").json["code"] == "invitation_expired"
    assert alice.edit("POST", shown, "/invitation").status_code == 200


def test_a_used_code_is_not_shown(pair: Pair) -> None:
    ours, theirs = pair.connect()
    assert pair.alice.call("GET", f"/connections/{ours['id']}/invitation").json["code"] == "invitation_used"
    assert pair.bob.call("GET", f"/connections/{theirs['id']}/invitation").json["code"] == "invitation"


# accepting -----------------------------------------------------------------------------------------------------------


def test_a_pasted_code_says_who_invites(pair: Pair) -> None:
    made = pair.alice.initiate()
    seen = pair.bob.call("POST", "/invitations/inspection", {"code": f"  {made['code']}\n"}).json
    assert (seen["node_host"], seen["organization_name"], seen["visibility"]) == ("alpha.example", "alpha", "private")
    assert seen["fingerprint"] == made["connection"]["own_fingerprint"]
    assert pair.bob.get("/connections")["items"] == []


def test_both_sides_are_active_and_named_after_acceptance(pair: Pair) -> None:
    ours, theirs = pair.connect()
    assert (ours["status"], ours["name"], ours["role"]) == ("active", "alpha to beta", "initiator")
    assert (theirs["status"], theirs["name"], theirs["role"]) == ("active", "beta to alpha", "acceptor")
    assert ours["remote"]["organization_name"] == "beta"
    assert (ours["remote"]["node_url"], theirs["remote"]["node_url"]) == ("", "https://alpha.example")
    assert ours["own_fingerprint"] == theirs["remote"]["fingerprint"]
    assert pair.alice.actions(ours["id"]) == ["connection_accepted", "connection_initiated"]
    assert pair.bob.actions(ours["id"]) == ["invitation_accepted"]


@pytest.mark.parametrize("bad", ["", "hello", "adn1.x.y", "adn1." + "A" * 30_000])
def test_a_bad_paste_is_named(pair: Pair, bad: str) -> None:
    for path in ("inspection", "acceptance"):
        body = {"code": bad} if path == "inspection" else {"code": bad, "project": "Fabrikam"}
        answer = pair.bob.call("POST", f"/invitations/{path}", body)
        assert answer.status_code == 422
        assert answer.json["errors"][0]["field"] == "code"


def test_the_own_code_is_recognized(pair: Pair) -> None:
    code = pair.alice.initiate()["code"]
    for path, body in (("inspection", {"code": code}), ("acceptance", {"code": code, "project": "Fabrikam"})):
        answer = pair.alice.call("POST", f"/invitations/{path}", body)
        assert (answer.status_code, answer.json["code"]) == (422, "own_organization")


def test_a_second_acceptor_is_refused_and_the_initiator_warned(pair: Pair) -> None:
    made = pair.alice.initiate()
    pair.bob.accept(made["code"])
    gamma = make_bench("gamma", url="", network=pair.alpha.network, clock=pair.alpha.clock)
    gamma.person("gina", gamma.organizations[0])
    gina = gamma.sign_in("gina", gamma.organizations[0])
    answer = gina.call("POST", "/invitations/acceptance", {"code": made["code"], "project": "Fabrikam"})
    assert (answer.status_code, answer.json["code"]) == (409, "invitation_used")
    assert pair.alice.connection(made["connection"]["id"])["errors"] == 1


def test_an_initiator_that_cannot_be_reached_leaves_the_try_to_be_repeated(pair: Pair) -> None:
    made = pair.alice.initiate()
    pair.alpha.network.unreachable.add("https://alpha.example")
    body = {"code": made["code"], "project": "Fabrikam"}
    answer = pair.bob.call("POST", "/invitations/acceptance", body)
    assert (answer.status_code, answer.json["code"]) == (502, "peer_unreachable")
    pair.alpha.network.unreachable.clear()
    assert pair.bob.accept(made["code"])["status"] == "active"


def test_accepting_twice_is_once(pair: Pair) -> None:
    made = pair.alice.initiate()
    assert pair.bob.accept(made["code"])["id"] == pair.bob.accept(made["code"])["id"]
    assert pair.bob.get("/connections")["total"] == 1


# pairing anew --------------------------------------------------------------------------------------------------------


def test_pairing_anew_keeps_the_connection_and_what_was_decided(pair: Pair) -> None:
    ours, theirs = pair.connect()
    stopped = pair.alice.edit("POST", ours, "/deactivate").json
    code = pair.alice.edit("POST", stopped, "/invitation").json["code"]
    again = pair.bob.accept(code, project="Tailspin")
    assert (again["id"], again["name"], again["project"]) == (theirs["id"], theirs["name"], "Tailspin")
    shown = pair.alice.connection(ours["id"])
    assert (shown["status"], shown["remote"], shown["invitation"]["status"]) == ("deactivated", ours["remote"], "used")
    assert pair.alice.actions(ours["id"])[0] == "connection_accepted"


def test_a_node_that_lost_its_memory_is_paired_anew_with_its_new_key(pair: Pair) -> None:
    ours, _ = pair.connect()
    fresh = make_bench("beta", url="", network=pair.alpha.network, clock=pair.alpha.clock)
    fresh.person("bob", fresh.organizations[0])
    bob = fresh.sign_in("bob", fresh.organizations[0])
    code = pair.alice.edit("POST", ours, "/invitation").json["code"]
    theirs = bob.accept(code)
    shown = pair.alice.connection(ours["id"])
    assert shown["remote"]["fingerprint"] == theirs["own_fingerprint"] != ours["remote"]["fingerprint"]
    fresh.exchange.poll_once(ours["id"], 0)


def test_only_the_same_organization_can_be_paired_anew(pair: Pair) -> None:
    ours, _ = pair.connect()
    gamma = make_bench("gamma", url="", network=pair.alpha.network, clock=pair.alpha.clock)
    gamma.person("gina", gamma.organizations[0])
    code = pair.alice.edit("POST", ours, "/invitation").json["code"]
    body = {"code": code, "project": "Fabrikam"}
    answer = gamma.sign_in("gina", gamma.organizations[0]).call("POST", "/invitations/acceptance", body)
    assert (answer.status_code, answer.json["code"]) == (502, "peer_refused")
    assert pair.alice.connection(ours["id"])["remote"] == ours["remote"]


def test_a_code_of_another_node_cannot_take_a_connection_over(pair: Pair) -> None:
    ours, theirs = pair.connect()
    offer = decode_offer(pair.alice.edit("POST", ours, "/invitation").json["code"])
    forged = encode_offer(replace(offer, public_key=b"e" * 32, node_url="https://alpha.example"))
    answer = pair.bob.call("POST", "/invitations/acceptance", {"code": forged, "project": "Fabrikam"})
    assert (answer.status_code, answer.json["code"]) == (422, "validation")
    assert pair.bob.connection(theirs["id"])["remote"] == theirs["remote"]


def test_the_acceptor_asks_the_initiator_for_pairing_anew(pair: Pair) -> None:
    _, theirs = pair.connect()
    answer = pair.bob.edit("POST", theirs, "/invitation")
    assert answer.status_code in (409, 503)


# destinations --------------------------------------------------------------------------------------------------------


def test_a_node_answers_for_its_address(pair: Pair) -> None:
    answer = pair.bob.call("POST", "/destinations/check", {"url": " https://alpha.example/ "})
    assert answer.json == {
        "node_url": "https://alpha.example",
        "organization_name": None,
        "organization_url": None,
        "modes": ["basic"],
        "is_reachable": True,
    }


def test_addresses_that_lead_nowhere_are_named(pair: Pair) -> None:
    pair.alpha.network.refused_urls.add("http://10.0.0.1")
    pair.alpha.network.information = {"https://alpha.example": PeerInformation(2, 3, ("basic",))}
    cases = {
        "https://nobody.example": (502, "peer_unreachable"),
        "https://dev.azure.com/partner": (422, "validation"),
        "https://partner.visualstudio.com": (422, "validation"),
        "https://alpha.example": (422, "validation"),
        "": (422, "validation"),
    }
    for url, expected in cases.items():
        answer = pair.bob.call("POST", "/destinations/check", {"url": url})
        assert (answer.status_code, answer.json["code"]) == expected, url


@pytest.mark.parametrize(
    "url", ["https://alpha.example", "https://dev.azure.com/alpha", "https://DEV.azure.com/alpha/x"]
)
def test_the_own_address_is_recognized(pair: Pair, url: str) -> None:
    answer = pair.alice.call("POST", "/destinations/check", {"url": url})
    assert (answer.status_code, answer.json["code"]) == (422, "own_organization")
