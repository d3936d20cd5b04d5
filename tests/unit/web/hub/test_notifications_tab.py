"""The operations of Exalate Notifications, and the page behind the link in a mail."""

import json
from dataclasses import dataclass
from threading import Event
from typing import Any

import pytest
from tests.unit.web.hub.bench import Bench, Page, make_bench

from adnode.domain.error_record import ErrorRecord, Impact
from adnode.domain.errors import NotificationFailedError
from adnode.ports.notifier import Step
from adnode.web.rate_limits import DEFAULT_RATES, Rate

SERVER = {
    "host": "smtp.example.com",
    "port": 587,
    "security": "starttls",
    "sender_address": "adnode@example.com",
    "sender_name": "Exalate",
    "user": "robot",
    "password": "geheim",
}
READER = {"kind": "email", "address": "ada@example.com", "impacts": ["work_item", "connection"], "digest": "at_once"}
HOOK = {"kind": "webhook", "address": "https://hooks.example/path?sig=key", "impacts": ["node"], "digest": "daily"}


@dataclass(slots=True)
class Ground:
    bench: Bench
    alice: Page

    def save(self, revision: int = 0, **changes: object) -> Any:
        return self.alice.call("PUT", "/notifications/mail-server", {**SERVER, **changes}, If_Match=f'"{revision}"')

    def add(self, body: object) -> Any:
        answer = self.alice.call("POST", "/notifications/subscribers", body)
        assert answer.status_code == 201, answer.text
        return answer.json

    def tell(self, code: str = "x") -> None:
        """Open an error and let it be told."""
        now, services = self.bench.clock.now(), self.bench.services
        assert services.hub is not None
        with self.bench.storage.unit_of_work() as work:
            alpha = self.bench.organizations[0].id
            record = ErrorRecord(f"e{now.timestamp()}", alpha, "", "", Impact.CONNECTION, code, "Trouble.", now, now)
            work.error_records.open(record)
            work.commit()
        for _ in range(8):
            self.bench.clock.advance(10)
            services.hub.console.notifications.telling.run(Event())


@pytest.fixture
def ground() -> Ground:
    bench = make_bench("alpha")
    bench.person("alice", bench.organizations[0])
    return Ground(bench, bench.sign_in("alice", bench.organizations[0]))


def test_there_is_no_mail_server_at_first(ground: Ground) -> None:
    state = ground.alice.get("/notifications/mail-server")
    assert state == {"server": None, "can_unsubscribe": True, "revision": 0}
    assert ground.alice.call("DELETE", "/notifications/mail-server").status_code == 404
    test = ground.alice.call("POST", "/notifications/mail-server/test", {"recipient": "ada@example.com"})
    assert (test.status_code, test.json["code"]) == (404, "not_found")


def test_a_mail_server_is_saved_and_its_password_never_shown(ground: Ground) -> None:
    saved = ground.save()
    assert (saved.status_code, saved.headers["ETag"]) == (200, '"1"')
    shown = ground.alice.get("/notifications/mail-server")
    assert shown["server"] == {key: SERVER[key] for key in SERVER if key != "password"} | {"has_password": True}
    assert "geheim" not in saved.text
    assert "geheim" not in json.dumps(ground.alice.get("/audit"))
    assert "geheim" not in repr(ground.bench.storage._tables)
    removed = ground.alice.call("DELETE", "/notifications/mail-server")
    assert removed.status_code == 204
    assert ground.alice.actions()[:2] == ["mail_server_removed", "mail_server_saved"]


def test_an_edit_of_what_somebody_else_changed_is_refused_with_what_is_there(ground: Ground) -> None:
    ground.save()
    late = ground.save(0)
    assert (late.status_code, late.json["code"]) == (412, "precondition_failed")
    assert late.json["current"]["revision"] == 1
    assert ground.alice.call("PUT", "/notifications/mail-server", SERVER).status_code == 428


def test_a_stored_password_goes_to_no_other_server(ground: Ground) -> None:
    ground.save()
    kept = ground.save(1, password=None, sender_name="Other name")
    assert kept.json["server"]["has_password"]
    for changes in ({"host": "evil.example"}, {"port": 25}, {"security": "tls"}, {"user": "other"}):
        refused = ground.save(2, password=None, **changes)
        assert (refused.status_code, refused.json["code"]) == (422, "validation")
        tried = {"recipient": "ada@example.com", "server": {**SERVER, "password": None, **changes}}
        assert ground.alice.call("POST", "/notifications/mail-server/test", tried).status_code == 422
    ground.alice.call("POST", "/notifications/mail-server/test", {"recipient": "ada@example.com"})
    assert ground.bench.mails.passwords == ["geheim"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"host": ""}, "host"),
        ({"host": "smtp.example.com/x"}, ""),
        ({"host": "smtp example"}, ""),
        ({"port": 0}, "port"),
        ({"port": 65536}, "port"),
        ({"security": "ssl"}, "security"),
        ({"security": "none"}, ""),
        ({"sender_address": "adnode"}, "sender_address"),
        ({"sender_address": "a@b.example\r\nBcc: c@d.example"}, "sender_address"),
        ({"sender_address": "a@b.example, c@d.example"}, "sender_address"),
        ({"sender_name": "x" * 101}, "sender_name"),
        ({"password": "x" * 501}, "password"),
        ({"extra": 1}, "extra"),
    ],
)
def test_entries_that_cannot_be_used_are_named(ground: Ground, changes: dict[str, Any], field: str) -> None:
    refused = ground.save(**changes)
    assert (refused.status_code, refused.json["code"]) == (422, "validation")
    assert [one["field"] for one in refused.json.get("errors", [])] == ([field] if field else [])
    assert ground.alice.get("/notifications/mail-server")["server"] is None


def test_a_test_says_step_by_step_what_failed_and_stores_nothing(ground: Ground) -> None:
    ground.bench.mails.failure = NotificationFailedError("The server refused user or password.", Step.SIGN_IN)
    body = {"recipient": "ada@example.com", "server": SERVER}
    tried = ground.alice.call("POST", "/notifications/mail-server/test", body)
    assert tried.status_code == 200
    assert not tried.json["is_delivered"]
    assert [(one["step"], one["outcome"]) for one in tried.json["steps"]] == [
        ("lookup", "passed"),
        ("connection", "passed"),
        ("encryption", "passed"),
        ("sign_in", "failed"),
        ("sender", "skipped"),
        ("recipient", "skipped"),
        ("message", "skipped"),
    ]
    assert tried.json["steps"][3]["detail"] == "The server refused user or password."
    assert ground.alice.get("/notifications/mail-server")["server"] is None
    ground.bench.mails.failure = None
    plain = {**SERVER, "security": "none", "user": "", "password": None}
    body = {"recipient": "ada@example.com", "server": plain}
    steps = ground.alice.call("POST", "/notifications/mail-server/test", body).json["steps"]
    assert [one["step"] for one in steps if one["outcome"] == "skipped"] == ["encryption", "sign_in"]
    assert [mail.recipient for mail in ground.bench.mails.sent] == ["ada@example.com"]


def test_somebody_is_told_changed_paused_and_removed(ground: Ground) -> None:
    added = ground.add(READER)
    assert added["secret"] is None
    one = added["subscriber"]
    path = f"/notifications/subscribers/{one['id']}"
    assert (one["status"], one["impacts"], one["told_at"]) == ("active", ["work_item", "connection"], None)
    assert ground.alice.get("/notifications/subscribers")["items"] == [one]
    changed = ground.alice.call("PATCH", path, {"digest": "hourly", "is_active": False}, If_Match='"1"')
    assert (changed.json["digest"], changed.json["status"], changed.headers["ETag"]) == ("hourly", "paused", '"2"')
    late = ground.alice.call("PATCH", path, {"digest": "daily"}, If_Match='"1"')
    assert (late.status_code, late.json["current"]["digest"]) == (412, "hourly")
    assert ground.alice.call("PATCH", path, {"is_active": True}, If_Match='"2"').json["status"] == "active"
    assert ground.alice.call("DELETE", path).status_code == 204
    assert ground.alice.call("GET", path).status_code == 404
    assert ground.alice.actions()[:4] == [
        "subscriber_removed",
        "subscriber_changed",
        "subscriber_changed",
        "subscriber_added",
    ]


def test_a_webhook_shows_its_secret_once(ground: Ground) -> None:
    added = ground.add(HOOK)
    assert added["secret"].startswith("whsec_")
    path = f"/notifications/subscribers/{added['subscriber']['id']}"
    assert added["secret"] not in ground.alice.call("GET", path).text
    renewed = ground.alice.call("POST", f"{path}/secret")
    assert renewed.json["secret"] not in ("", added["secret"])
    ground.alice.call("POST", f"{path}/test")
    [(url, secret, message)] = ground.bench.webhooks.sent
    assert (url, secret) == (HOOK["address"], renewed.json["secret"])
    assert json.loads(message.body)["type"] == "test"
    assert "sig=key" not in json.dumps(ground.alice.get("/audit"))
    mail = ground.add(READER)["subscriber"]["id"]
    assert ground.alice.call("POST", f"/notifications/subscribers/{mail}/secret").status_code == 409


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({**HOOK, "address": "http://hooks.example"}, 422, "url_refused"),
        ({**HOOK, "address": "https://intranet.internal/x"}, 422, "url_refused"),
        ({**READER, "address": "ada"}, 422, "validation"),
        ({**READER, "address": "ada@example.com\nBcc: eve@example.com"}, 422, "validation"),
        ({**READER, "impacts": []}, 422, "validation"),
        ({**READER, "impacts": ["everything"]}, 422, "validation"),
        ({**READER, "kind": "pager"}, 422, "validation"),
        ({**READER, "connection_ids": ["c-unknown"]}, 404, "not_found"),
        ({**READER, "address": "ADA@example.com "}, 409, "state"),
    ],
)
def test_a_wish_that_cannot_be_met_changes_nothing(ground: Ground, body: object, status: int, code: str) -> None:
    ground.add(READER)
    refused = ground.alice.call("POST", "/notifications/subscribers", body)
    assert (refused.status_code, refused.json["code"]) == (status, code), refused.text
    assert ground.alice.get("/notifications/subscribers")["total"] == 1


def test_what_was_told_is_listed_in_pages(ground: Ground) -> None:
    ground.save()
    ground.add(READER)
    for number in range(3):
        ground.tell(f"x{number}")
        assert len(ground.bench.mails.sent) == number + 1
    first = ground.alice.get("/notifications/deliveries?limit=2")
    second = ground.alice.get(f"/notifications/deliveries?limit=2&after={first['next']}")
    assert (first["total"], len(first["items"]), len(second["items"]), second["next"]) == (3, 2, 1, None)
    assert {(one["status"], one["error_count"], one["address"]) for one in [*first["items"], *second["items"]]} == {
        ("sent", 1, "ada@example.com")
    }
    assert ground.alice.get("/notifications/deliveries?status=failed")["items"] == []
    assert ground.alice.call("GET", "/notifications/deliveries?after=bogus").status_code == 422


def test_what_was_given_up_is_sent_again(ground: Ground) -> None:
    ground.save()
    ground.add(READER)
    ground.bench.mails.failure = NotificationFailedError("No such user.", Step.RECIPIENT, is_lasting=True)
    ground.tell()
    [failed] = ground.alice.get("/notifications/deliveries?status=failed")["items"]
    assert failed["error"] == "No such user."
    [reader] = ground.alice.get("/notifications/subscribers")["items"]
    assert reader["trouble"] == "No such user."
    ground.bench.mails.failure = None
    again = ground.alice.call("POST", f"/notifications/deliveries/{failed['id']}/again")
    assert again.json["status"] == "waiting"
    assert ground.alice.call("POST", f"/notifications/deliveries/{failed['id']}/again").status_code == 409
    ground.tell()
    assert ground.alice.get("/notifications/deliveries?status=failed")["items"] == []


def test_another_organization_sees_and_changes_nothing() -> None:
    bench = make_bench("alpha", "mallory-inc")
    bench.person("alice", bench.organizations[0])
    bench.person("mallory", bench.organizations[1])
    ground = Ground(bench, bench.sign_in("alice", bench.organizations[0]))
    mallory = bench.sign_in("mallory", bench.organizations[1])
    ground.save()
    reader = ground.add(READER)["subscriber"]
    hook = ground.add(HOOK)["subscriber"]
    bench.mails.failure = NotificationFailedError("No such user.", Step.RECIPIENT, is_lasting=True)
    ground.tell()
    [failed] = ground.alice.get("/notifications/deliveries")["items"]
    for method, path, body in [
        ("GET", f"/notifications/subscribers/{reader['id']}", None),
        ("PATCH", f"/notifications/subscribers/{reader['id']}", {"digest": "daily"}),
        ("DELETE", f"/notifications/subscribers/{reader['id']}", None),
        ("POST", f"/notifications/subscribers/{reader['id']}/test", None),
        ("POST", f"/notifications/subscribers/{hook['id']}/secret", None),
        ("POST", f"/notifications/deliveries/{failed['id']}/again", None),
    ]:
        theirs = mallory.call(method, path, body, If_Match='"1"')
        missing = mallory.call(
            method,
            path.replace(reader["id"], "x").replace(hook["id"], "x").replace(failed["id"], "x"),
            body,
            If_Match='"1"',
        )
        assert theirs.status_code == missing.status_code == 404, (method, path)
        shown = theirs.json["detail"]
        for known in (reader["id"], hook["id"], failed["id"]):
            shown = shown.replace(known, "x")
        assert shown == missing.json["detail"]
    assert mallory.get("/notifications/mail-server")["server"] is None
    assert mallory.get("/notifications/subscribers")["items"] == []
    assert mallory.get("/notifications/deliveries")["items"] == []
    assert mallory.call("DELETE", "/notifications/mail-server").status_code == 404
    wish = {**READER, "connection_ids": [ground.alice.initiate()["connection"]["id"]]}
    assert mallory.call("POST", "/notifications/subscribers", wish).status_code == 404
    assert ground.add({**wish, "address": "b@example.com"})["subscriber"]["connection_ids"] == wish["connection_ids"]


def test_an_organization_that_leaves_takes_everything_along(ground: Ground) -> None:
    ground.save()
    ground.add(READER)
    ground.tell()
    assert ground.bench.services.hub is not None
    ground.bench.services.hub.organization.disconnect(ground.bench.services.hub.sessions.read(ground.alice.token))
    tables = ground.bench.storage._tables
    assert (tables.mail_servers, tables.subscribers, tables.deliveries, tables.notices) == ({}, {}, {}, {})


def test_tests_are_rationed() -> None:
    bench = make_bench("alpha", rates={"notification_trial": Rate(1, 60.0)})
    bench.person("alice", bench.organizations[0])
    alice = bench.sign_in("alice", bench.organizations[0])
    body = {"recipient": "ada@example.com", "server": SERVER}
    assert alice.call("POST", "/notifications/mail-server/test", body).status_code == 200
    assert alice.call("POST", "/notifications/mail-server/test", body).status_code == 429
    assert {"notification_trial", "unsubscription"} <= set(DEFAULT_RATES)


# the page behind the link ----------------------------------------------------------------------------------------


@pytest.fixture
def link(ground: Ground) -> str:
    ground.save()
    ground.add(READER)
    ground.tell()
    return ground.bench.mails.sent[0].unsubscribe_url.removeprefix("https://alpha.example")


def status(ground: Ground) -> str:
    return str(ground.alice.get("/notifications/subscribers")["items"][0]["status"])


def test_opening_the_link_asks_and_the_button_unsubscribes(ground: Ground, link: str) -> None:
    asked = ground.bench.client.get(link)
    assert (asked.status_code, "ada@example.com" in asked.text, status(ground)) == (200, True, "active")
    assert "frame-ancestors 'none'" in asked.headers["Content-Security-Policy"]
    assert (asked.headers["Cache-Control"], asked.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    done = ground.bench.client.post(link)
    assert (done.status_code, status(ground)) == (200, "unsubscribed")
    assert "You are unsubscribed" in ground.bench.client.get(link).text
    assert ground.bench.client.post(link).status_code == 200
    assert ground.alice.actions()[0] == "subscriber_unsubscribed"


def test_a_mail_program_unsubscribes_with_one_request(ground: Ground, link: str) -> None:
    answer = ground.bench.client.post(link, data={"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, status(ground)) == (200, "unsubscribed")


@pytest.mark.parametrize("token", ["x", "A" * 43, "..", "%00" * 30, "é" * 43, "A" * 4000])
def test_links_that_are_none_lead_nowhere(ground: Ground, link: str, token: str) -> None:
    for method in ("GET", "POST"):
        answer = ground.bench.client.open(f"/unsubscribe/{token}", method=method)
        assert answer.status_code == 404
    assert status(ground) == "active"


def test_the_page_is_rationed() -> None:
    bench = make_bench("alpha", rates={"unsubscription": Rate(1, 60.0)})
    path = "/unsubscribe/" + "A" * 43
    assert bench.client.get(path).status_code == 404
    assert bench.client.post(path).status_code == 429


def test_a_private_node_has_no_such_page() -> None:
    bench = make_bench("alpha", url="")
    assert bench.client.get("/unsubscribe/" + "A" * 43).headers["content-type"] == "application/problem+json"
