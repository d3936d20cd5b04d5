"""Pages of other origins, and who may frame ours."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.unit.web.hub.bench import Bench, make_bench
from werkzeug.test import TestResponse

from adnode.web.application import create_application

SERVER = "https://tfs.example/tfs/Collection"
HEADERS = ("authorization", "content-type", "x-azuredevops-accesstoken", "if-match", "idempotency-key")


def preflight(bench: Bench, origin: str, path: str = "/api/v1/connections") -> Any:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": ",".join(HEADERS),
    }
    return bench.client.options(path, headers=asked)


@pytest.mark.parametrize(
    "origin",
    [
        "https://dev.azure.com",
        "https://fabrikam.visualstudio.com",
        "https://idalko-tools.gallerycdn.vsassets.io",
        "https://tfs.example",
        "null",
    ],
)
def test_pages_of_azure_devops_may_call(origin: str) -> None:
    bench = make_bench("alpha", server_urls=(SERVER,))
    answer = preflight(bench, origin)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    allowed = answer.headers["Access-Control-Allow-Headers"].lower()
    assert all(name in allowed for name in HEADERS)
    assert "Access-Control-Allow-Credentials" not in answer.headers
    simple = bench.client.get("/api/v1/node", headers={"Origin": origin})
    assert simple.headers["Access-Control-Allow-Origin"] == origin
    for name in ("ETag", "Retry-After", "X-Correlation-Id"):
        assert name in simple.headers["Access-Control-Expose-Headers"]
    assert "Origin" in simple.headers["Vary"]


def test_refusals_can_be_read_by_the_page_too() -> None:
    answer = make_bench("alpha").client.get("/api/v1/connections", headers={"Origin": "https://dev.azure.com"})
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (401, "https://dev.azure.com")


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://dev.azure.com",
        "https://dev.azure.com.evil.example",
        "https://evil-dev.azure.com",
        "https://dev-azure.com",
        "https://x.evil.visualstudio.com",
        "https://visualstudio.com.evil.example",
        "https://tfs.example:8443",
        "https://tfsxexample",
        "null",
    ],
)
def test_other_pages_may_not(origin: str) -> None:
    server_urls = () if origin == "null" else (SERVER,)
    answer = preflight(make_bench("alpha", server_urls=server_urls), origin)
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_the_peer_api_is_for_no_page() -> None:
    answer = preflight(make_bench("alpha"), "https://dev.azure.com", "/peer/v1/information")
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_answers_set_no_cookies_and_are_not_kept_or_framed() -> None:
    bench = make_bench("alpha")
    bench.person("alice", bench.organizations[0])
    answer = bench.open_session("alice", bench.organizations[0])
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


# pages ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "hub.html").write_text("<!DOCTYPE html><title>Hub</title>")
    (static / "assets" / "hub.js").write_text("1")
    (static / "assets" / "hub.js.map").write_text("{}")
    (static / ".secret.html").write_text("no")
    (tmp_path / "outside.html").write_text("no")
    bench = make_bench("alpha", server_urls=(SERVER,))
    return create_application(replace(bench.services, static_directory=static)).test_client()


def fetch(client: FlaskClient, name: str, **headers: str) -> TestResponse:
    answer = client.get(f"/static/{name}", headers={key.replace("_", "-"): value for key, value in headers.items()})
    # A file that is sent stays open until the server is done with the answer.
    answer.close()
    return answer


def test_the_hub_page_is_framed_by_azure_devops_only(client: FlaskClient) -> None:
    answer = fetch(client, "hub.html")
    policy = answer.headers["Content-Security-Policy"]
    frames = policy.rpartition("frame-ancestors ")[2].split()
    assert frames == ["https://dev.azure.com", "https://*.visualstudio.com", "https://tfs.example"]
    assert "script-src 'self';" in policy
    assert "unsafe-eval" not in policy
    assert "X-Frame-Options" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_assets_are_asked_for_anew_but_not_sent_anew(client: FlaskClient) -> None:
    answer = fetch(client, "assets/hub.js")
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("text/javascript", "no-cache")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    again = fetch(client, "assets/hub.js", If_None_Match=answer.headers["ETag"])
    assert again.status_code == 304


def test_the_root_leads_to_the_hub_page(client: FlaskClient) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "static/hub.html")


@pytest.mark.parametrize(
    "name",
    ["nothing.html", "../outside.html", "%2e%2e/outside.html", ".secret.html", "assets/hub.js.map", "assets", ""],
)
def test_nothing_else_is_served(client: FlaskClient, name: str) -> None:
    answer = fetch(client, name)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_a_proxy_that_is_trusted_says_who_calls() -> None:
    bench = make_bench("alpha")
    seen = []

    def note() -> None:
        from flask import request

        seen.append(request.remote_addr)

    for proxies in (0, 1):
        application = create_application(replace(bench.services, trusted_proxies=proxies))
        application.before_request(note)
        application.test_client().get("/api/v1/node", headers={"X-Forwarded-For": "203.0.113.7"})
    assert seen == ["127.0.0.1", "203.0.113.7"]
