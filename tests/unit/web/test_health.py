"""Health, readiness, metrics and the shape of errors."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from tests.contract.peer.fake_node import FakeNode
from tests.contract.peer.http_node import add_connection, make_services, open_test_storage

from adnode.adapters.memory.vault import MemoryVault
from adnode.adapters.peer.keys import Ed25519Signer
from adnode.domain.errors import (
    AttachmentTooLargeError,
    AuthenticationFailedError,
    GatewayUnavailableError,
    SecretUnreadableError,
)
from adnode.web.application import create_application
from adnode.web.node_services import NodeServices


@pytest.fixture
def services(tmp_path: Path) -> Iterator[NodeServices]:
    storage, vault, signer = open_test_storage(tmp_path), MemoryVault(), Ed25519Signer()
    add_connection(storage, vault, signer.new_private_key(), signer.public_key(signer.new_private_key()))
    yield make_services(FakeNode(), storage, vault)
    storage.close()


def client_of(services: NodeServices) -> FlaskClient:
    return create_application(services).test_client()


def test_a_living_node_says_so(services: NodeServices) -> None:
    assert client_of(services).get("/healthz").status_code == 200


@pytest.mark.parametrize(("works", "status"), [(True, 200), (False, 503)])
def test_readiness_names_what_works(services: NodeServices, works: bool, status: int) -> None:
    response = client_of(replace(services, readiness=lambda: {"database": works})).get("/readyz")
    assert (response.status_code, response.get_json()) == (status, {"checks": {"database": works}})


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/nowhere", "/peer/v1/connections/c/messages"])
def test_a_node_whose_address_is_https_says_that_it_is_always(services: NodeServices, path: str) -> None:
    header = "Strict-Transport-Security"
    assert header not in client_of(replace(services, node_url="http://127.0.0.1:8080")).get(path).headers
    said = client_of(replace(services, node_url="https://node.example")).get(path).headers[header]
    assert said == "max-age=31536000; includeSubDomains"


def test_metrics_count_connections(services: NodeServices) -> None:
    text = client_of(services).get("/metrics").get_data(as_text=True)
    assert 'adnode_connections{status="active"} 1.0' in text
    assert 'adnode_connections{status="blocked"} 0.0' in text


def test_metrics_are_for_this_machine_without_a_token(services: NodeServices) -> None:
    client = client_of(services)
    assert client.get("/metrics", environ_overrides={"REMOTE_ADDR": "8.8.8.8"}).status_code == 404
    assert client.get("/metrics", headers={"X-Forwarded-For": "8.8.8.8"}).status_code == 404


@pytest.mark.parametrize(("header", "status"), [("Bearer right", 200), ("Bearer wrong", 404), ("right", 404)])
def test_metrics_ask_for_their_token(services: NodeServices, header: str, status: int) -> None:
    client = client_of(replace(services, metrics_token="right"))
    response = client.get("/metrics", headers={"Authorization": header})
    assert response.status_code == status


def test_unknown_addresses_and_methods_are_problem_documents(services: NodeServices) -> None:
    client = client_of(services)
    missing, method = client.get("/nothing"), client.delete("/peer/v1/information")
    assert (missing.status_code, missing.get_json(force=True)["code"]) == (404, "not_found")
    assert (method.status_code, method.get_json(force=True)["code"]) == (405, "method_not_allowed")
    assert "GET" in method.headers["Allow"]


def test_every_answer_carries_the_security_headers(services: NodeServices) -> None:
    for path in ("/healthz", "/nothing"):
        headers = client_of(services).get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ZeroDivisionError("secret detail"), 500, "internal"),
        (SecretUnreadableError("secret detail"), 500, "secret_unreadable"),
        (GatewayUnavailableError("secret detail"), 503, "azure_devops_unavailable"),
        (AuthenticationFailedError("secret detail"), 503, "azure_devops_authentication"),
        (AttachmentTooLargeError("secret detail"), 422, "attachment_too_large"),
    ],
)
def test_what_goes_wrong_inside_is_not_told(services: NodeServices, error: Exception, status: int, code: str) -> None:
    def fail() -> dict[str, bool]:
        raise error

    response = client_of(replace(services, readiness=fail)).get("/readyz")
    assert (response.status_code, response.get_json(force=True)["code"]) == (status, code)
    assert "secret detail" not in response.get_data(as_text=True)
