import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import jwt
import pytest

from azure_devops_emulator.__main__ import main
from azure_devops_emulator.host import Extension
from azure_devops_emulator.host.extension import read_page_urls
from azure_devops_emulator.host.tokens import LIFETIME_SECONDS, TokenMint
from azure_devops_emulator.identities import Identity, Role
from azure_devops_emulator.organizations import Organization
from azure_devops_emulator.tenants import tenant_id

MakeOrganization = Callable[..., Organization]
KEY, AUDIENCE = "certificate-text-of-a-published-extension\n", "8d1f4a3e-0000-4000-8000-000000000001"


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def organizations() -> Iterator[MakeOrganization]:
    with ExitStack() as stack:

        def make(*, is_server: bool = False) -> Organization:
            organization = Organization("a", is_server=is_server)
            stack.callback(organization.close)
            return organization

        yield make


def mint_for(organization: Organization, clock: Clock | None = None) -> tuple[TokenMint, Identity]:
    mint = TokenMint(Extension(key=KEY, audience=AUDIENCE), clock or Clock())
    return mint, organization.add_identity(Identity("Remy", "remy@a.example", Role.READER))


def decode(token: str) -> dict[str, object]:
    decoded = jwt.decode(
        token,
        KEY.strip(),
        algorithms=["HS256"],
        audience=AUDIENCE,
        issuer="app.vstoken.visualstudio.com",
    )
    return dict(decoded)


def test_an_app_token_is_signed_with_the_text_of_the_certificate(organizations: MakeOrganization) -> None:
    organization, clock = organizations(), Clock()
    mint, identity = mint_for(organization, clock)
    claims = decode(mint.mint_app_token(organization, identity))
    assert set(claims) == {"nameid", "tid", "jti", "iss", "aud", "nbf", "exp"}
    assert claims["nameid"] == identity.id
    assert claims["tid"] == tenant_id(organization)
    assert claims["exp"] == clock.now // 1 + LIFETIME_SECONDS


def test_an_app_token_of_a_collection_names_no_tenant(organizations: MakeOrganization) -> None:
    organization = organizations(is_server=True)
    mint, identity = mint_for(organization)
    assert "tid" not in decode(mint.mint_app_token(organization, identity))


def test_an_access_token_is_no_app_token(organizations: MakeOrganization) -> None:
    organization = organizations()
    mint, identity = mint_for(organization)
    with pytest.raises(jwt.InvalidSignatureError):
        decode(mint.mint_access_token(organization, identity).token)


def test_access_tokens_end_with_their_time(organizations: MakeOrganization) -> None:
    organization, clock = organizations(), Clock()
    mint, identity = mint_for(organization, clock)
    first = mint.mint_access_token(organization, identity, ["vso.work"])
    assert organization.credentials[first.token].covers("vso.work")
    assert not first.covers("vso.work_write")
    clock.now += LIFETIME_SECONDS
    second = mint.mint_access_token(organization, identity)
    assert first.token not in organization.credentials
    assert second.token in organization.credentials


def test_page_addresses_count_for_one_organization_or_for_all() -> None:
    extension = Extension(read_page_urls(["Contoso=http://node:1/static/", "http://node:2/x=y"]))
    assert extension.page_url("contoso") == "http://node:1/static"
    assert extension.page_url("fabrikam") == "http://node:2/x=y"
    assert Extension().page_url("fabrikam") == ""


@pytest.mark.parametrize("text", ["contoso", "contoso=ftp://x", "contoso=", "javascript:alert(1)"])
def test_what_is_no_address_of_pages_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--port", "0", "--extension-page", text])
    assert "is no address of pages" in capsys.readouterr().err
