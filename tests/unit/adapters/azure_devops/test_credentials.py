"""Signing in: tokens as they are, and service principals at a token endpoint on this machine."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jwt
import pytest
from tests.unit.adapters.azure_devops.scripted_server import Reply, ScriptedServer
from tests.unit.adapters.azure_devops.token_service import TokenService, make_certificate

from adnode.adapters.azure_devops.addresses import OrganizationAddress
from adnode.adapters.azure_devops.client import AzureDevOpsClient, Call
from adnode.adapters.azure_devops.credentials import AZURE_DEVOPS_SCOPE, SignIn, make_sign_in
from adnode.adapters.azure_devops.failures import Operation
from adnode.adapters.azure_devops.pacing import Pace
from adnode.adapters.azure_devops.resources import WORK_ITEMS
from adnode.domain.errors import AuthenticationFailedError, GatewayUnavailableError, ValidationError
from adnode.domain.organization import PersonalAccessToken, ServicePrincipal

SECRET = "a secret with / and +"
READ = Call("GET", WORK_ITEMS, Operation("read", "read"))


@pytest.fixture
def tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TokenService]:
    with TokenService(tmp_path) as service:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(service.certificate_file))
        yield service


def principal(tokens: TokenService, **changes: str) -> ServicePrincipal:
    values = {"tenant_id": "contoso", "client_id": "the-client", "client_secret": SECRET, "authority": tokens.url}
    return ServicePrincipal(**(values | changes))


@pytest.fixture
def sign_in(tokens: TokenService) -> Iterator[SignIn]:
    made = make_sign_in(principal(tokens))
    yield made
    made.close()


def test_a_personal_access_token_is_a_password_without_a_user() -> None:
    sign_in = make_sign_in(PersonalAccessToken("abc"))
    assert sign_in.header() == "Basic OmFiYw=="
    assert not sign_in.renew()


def test_a_secret_is_exchanged_for_a_token_of_azure_devops(tokens: TokenService, sign_in: SignIn) -> None:
    assert sign_in.header() == "Bearer token-1"
    [form] = tokens.asked
    assert form["grant_type"] == "client_credentials"
    assert (form["client_id"], form["client_secret"], form["scope"]) == ("the-client", SECRET, AZURE_DEVOPS_SCOPE)


def test_a_token_is_used_again_while_it_is_good(tokens: TokenService, sign_in: SignIn) -> None:
    assert {sign_in.header() for _ in range(5)} == {"Bearer token-1"}
    assert len(tokens.asked) == 1


def test_a_token_is_renewed_minutes_before_it_expires(tokens: TokenService, sign_in: SignIn) -> None:
    tokens.expires_in = 200
    assert sign_in.header() == "Bearer token-1"
    assert sign_in.header() == "Bearer token-2"
    tokens.expires_in = 3600
    assert sign_in.header() == "Bearer token-3"
    assert sign_in.header() == "Bearer token-3"


def test_a_token_that_was_refused_is_renewed(tokens: TokenService, sign_in: SignIn) -> None:
    assert sign_in.header() == "Bearer token-1"
    assert sign_in.renew()
    assert sign_in.header() == "Bearer token-2"


def test_many_threads_ask_for_one_token(tokens: TokenService, sign_in: SignIn) -> None:
    with ThreadPoolExecutor(8) as pool:
        headers = list(pool.map(lambda _: sign_in.header(), range(40)))
    assert set(headers) == {"Bearer token-1"}
    assert len(tokens.asked) == 1


def test_a_certificate_signs_its_own_name(tokens: TokenService) -> None:
    made = make_certificate("the client")
    pem = made.certificate + made.key
    sign_in = make_sign_in(principal(tokens, client_secret="", private_key_pem=pem, certificate_pem=pem))
    assert sign_in.header() == "Bearer token-1"
    sign_in.close()
    [form] = tokens.asked
    assert "client_secret" not in form
    claims = jwt.decode(
        form["client_assertion"],
        made.public_key,
        algorithms=["PS256", "RS256"],
        audience=tokens.configuration("contoso")["token_endpoint"],
    )
    assert (claims["iss"], claims["sub"]) == ("the-client", "the-client")


@pytest.mark.parametrize("pem", ["no pem at all", make_certificate().certificate])
def test_a_certificate_that_is_none_is_told_at_once(pem: str) -> None:
    credential = ServicePrincipal("contoso", "the-client", private_key_pem=pem, certificate_pem=pem)
    with pytest.raises(ValidationError, match="PEM"):
        make_sign_in(credential)


def test_a_refused_secret_is_named_without_showing_it(tokens: TokenService, sign_in: SignIn) -> None:
    tokens.refusal = {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid secret.\r\nTrace: 1"}
    with pytest.raises(AuthenticationFailedError, match="AADSTS7000215") as caught:
        sign_in.header()
    assert SECRET not in caught.value.message
    assert "Trace" not in caught.value.message
    tokens.refusal = None
    assert sign_in.header() == "Bearer token-2"


def test_an_unknown_tenant_is_named(tokens: TokenService) -> None:
    sign_in = make_sign_in(principal(tokens, tenant_id="fabrikam"))
    with pytest.raises(AuthenticationFailedError, match="fabrikam"):
        sign_in.header()
    sign_in.close()


def test_a_token_service_that_is_away_is_tried_again_later(tokens: TokenService) -> None:
    sign_in = make_sign_in(principal(tokens, authority="https://127.0.0.1:9"))
    with pytest.raises(GatewayUnavailableError, match="token service"):
        sign_in.header()
    sign_in.close()


def test_a_token_service_with_a_strange_certificate_gets_no_secret(
    tokens: TokenService, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(GatewayUnavailableError):
        sign_in.header()
    assert tokens.asked == []


def test_the_secret_is_in_no_representation(tokens: TokenService) -> None:
    assert SECRET not in repr(principal(tokens))


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_a_refused_call_is_repeated_once_with_a_new_token(
    tokens: TokenService, sign_in: SignIn, server: ScriptedServer, method: str
) -> None:
    client = AzureDevOpsClient(OrganizationAddress(server.url), sign_in, Pace())
    server.script.append(Reply(401, b"", {}, "text/plain"))
    operation = Operation("change", "write", is_write=True)
    client.tell(READ if method == "GET" else Call("PATCH", WORK_ITEMS, operation, {"id": 1}, content=[]))
    assert [seen.headers["Authorization"] for seen in server.seen] == ["Bearer token-1", "Bearer token-2"]
    server.script.extend([Reply(401, b"", {}, "text/plain"), Reply(401, b"", {}, "text/plain")])
    with pytest.raises(AuthenticationFailedError):
        client.tell(READ)
    client.close()


def test_a_refused_sign_in_sends_nothing(tokens: TokenService, sign_in: SignIn, server: ScriptedServer) -> None:
    tokens.refusal = {"error": "invalid_client", "error_description": "AADSTS700016: no such application"}
    client = AzureDevOpsClient(OrganizationAddress(server.url), sign_in, Pace())
    with pytest.raises(AuthenticationFailedError, match="AADSTS700016"):
        client.tell(READ)
    client.close()
    assert server.seen + server.discovery == []
