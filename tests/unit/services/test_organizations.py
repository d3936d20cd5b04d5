"""Adding, trying and removing organizations, and whose credential may be stored."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adnode.adapters.memory.clock import MemoryClock
from adnode.adapters.memory.gateway import MemoryGateway, MemoryGateways
from adnode.adapters.memory.gateway_organization import MemoryOrganization
from adnode.adapters.memory.vault import MemoryVault
from adnode.adapters.storage.storage import Storage, open_storage
from adnode.domain.connection import Connection, ConnectionStatus, Mode, Role, TransportKind, Visibility
from adnode.domain.credential_documents import read_credential, write_credential
from adnode.domain.errors import (
    AdnodeError,
    AuthenticationFailedError,
    ForeignOrganizationError,
    GatewayUnavailableError,
    MissingRightError,
    NotFoundError,
    SecretUnreadableError,
    StateError,
    UrlRefusedError,
    ValidationError,
)
from adnode.domain.organization import (
    Credential,
    CredentialKind,
    Organization,
    OrganizationKind,
    PersonalAccessToken,
    ServicePrincipal,
)
from adnode.services.organizations import OrganizationService

TOKEN = PersonalAccessToken("first-token")
PRINCIPAL = ServicePrincipal("tenant", "client", client_secret="a secret")
SERVER_URL = "https://tfs.example/tfs/DefaultCollection"
LOCAL_URL = "http://127.0.0.1:8701/contoso"


class Bench:
    """The service with a real database, and organizations in memory behind it."""

    def __init__(self, directory: Path) -> None:
        self.storage: Storage = open_storage(f"sqlite:///{directory / 'adnode.db'}")
        self.storage.upgrade()
        self.vault, self.clock = MemoryVault(), MemoryClock()
        self.contoso = MemoryGateway(MemoryOrganization("contoso"))
        self.server = MemoryGateway(MemoryOrganization("tfs", kind=OrganizationKind.SERVER, url=SERVER_URL))
        self.local = MemoryGateway(MemoryOrganization("local", url=LOCAL_URL))
        self.gateways = MemoryGateways(self.contoso, self.server, self.local)
        self.service = self.make_service()

    def make_service(self, *, allow_loopback_http: bool = False) -> OrganizationService:
        return OrganizationService(
            self.storage.unit_of_work,
            self.gateways,
            self.vault,
            self.clock,
            server_urls=[f"{SERVER_URL}/"],
            allow_loopback_http=allow_loopback_http,
        )

    def stored(self) -> list[Organization]:
        with self.storage.unit_of_work() as work:
            return work.organizations.list_all()

    def credential(self, organization_id: str) -> Credential:
        with self.storage.unit_of_work() as work:
            sealed = work.organizations.sealed_credential(organization_id)
        return read_credential(self.vault.open(sealed, f"organization:{organization_id}"))

    def connect(self, organization_id: str, status: ConnectionStatus) -> None:
        connection = Connection(
            id=f"connection-{status}",
            name=f"to {status}",
            organization_id=organization_id,
            project="Fabrikam",
            role=Role.INITIATOR,
            mode=Mode.BASIC,
            visibility=Visibility.PUBLIC,
            transport=TransportKind.PUSH,
            status=status,
            sealed_private_key=b"",
            public_key=b"",
            created_at=self.clock.now(),
        )
        with self.storage.unit_of_work() as work:
            work.connections.add(connection)
            work.commit()

    def refuses(self, action: Callable[[], object], error: type[AdnodeError]) -> AdnodeError:
        """Return the error of an action that must change nothing."""
        before = self.stored()
        with pytest.raises(error) as caught:
            action()
        assert self.stored() == before
        return caught.value


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.storage.close()


def test_an_organization_is_added_under_the_id_that_it_tells(bench: Bench) -> None:
    added = bench.service.add("https://dev.azure.com/contoso", TOKEN)
    assert added == Organization(
        id=bench.contoso.organization.id,
        name="contoso",
        url="https://dev.azure.com/contoso",
        kind=OrganizationKind.SERVICES,
        credential_kind=CredentialKind.PERSONAL_ACCESS_TOKEN,
        identity="Robot",
        identity_id="robot",
        added_at=bench.clock.now(),
    )
    assert bench.stored() == [added]
    assert bench.credential(added.id) == TOKEN


def test_the_stored_credential_opens_for_its_own_organization_only(bench: Bench) -> None:
    added = bench.service.add("https://dev.azure.com/contoso", TOKEN)
    with bench.storage.unit_of_work() as work:
        sealed = work.organizations.sealed_credential(added.id)
    assert b"first-token" not in sealed
    with pytest.raises(SecretUnreadableError):
        bench.vault.open(sealed, "organization:another")


@pytest.mark.parametrize(
    "typed",
    [
        "https://dev.azure.com/contoso/",
        " https://dev.azure.com/contoso ",
        "https://DEV.azure.com/contoso/Fabrikam/_workitems",
        "https://dev.azure.com:443/contoso",
        "https://contoso.visualstudio.com",
        "https://contoso.visualstudio.com/DefaultCollection",
    ],
)
def test_every_address_of_an_organization_leads_to_one_url(bench: Bench, typed: str) -> None:
    assert bench.service.add(typed, TOKEN).url == "https://dev.azure.com/contoso"


@pytest.mark.parametrize("typed", [SERVER_URL, f"{SERVER_URL}/"])
def test_a_server_that_the_operator_lists_is_added(bench: Bench, typed: str) -> None:
    added = bench.service.add(typed, TOKEN)
    assert (added.url, added.kind) == (SERVER_URL, OrganizationKind.SERVER)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "contoso",
        "ftp://dev.azure.com/contoso",
        "http://dev.azure.com/contoso",
        "https://dev.azure.com",
        "https://dev.azure.com/",
        "https://dev.azure.com/con toso",
        "https://dev.azure.com/-contoso",
        "https://dev.azure.com/contoso?x=1",
        "https://dev.azure.com/contoso#x",
        "https://dev.azure.com/../contoso",
        "https://dev.azure.com:8443/contoso",
        "https://user:s3cret@dev.azure.com/contoso",
        "https://a.b.visualstudio.com",
        "https://dev.azure.com.evil.example/contoso",
        "https://evilvisualstudio.com/contoso",
        "https://tfs.example/tfs/OtherCollection",
        "https://tfs.example/tfs/DefaultCollection/sub",
        "https://tfs.example/tfs/defaultcollection",
        "http://tfs.example/tfs/DefaultCollection",
        "https://169.254.169.254/latest",
        "https://[::1",
        "https://tfs.example\\@evil.example/",
        LOCAL_URL,
        "http://localhost:8701/contoso",
    ],
)
def test_a_place_that_nobody_allowed_is_refused_before_anything_is_sent(bench: Bench, typed: str) -> None:
    error = bench.refuses(lambda: bench.service.add(typed, TOKEN), UrlRefusedError)
    assert "s3cret" not in error.message
    assert not bench.contoso.calls + bench.server.calls + bench.local.calls


@pytest.mark.parametrize(
    "typed", ["http://10.0.0.1/contoso", "http://127.0.0.1.evil.example/contoso", "http://127.0.0.1:8701/"]
)
def test_plain_http_goes_to_this_machine_only(bench: Bench, typed: str) -> None:
    service = bench.make_service(allow_loopback_http=True)
    assert service.add(LOCAL_URL, TOKEN).url == LOCAL_URL
    bench.refuses(lambda: service.add(typed, TOKEN), UrlRefusedError)


@pytest.mark.parametrize(
    "credential",
    [
        PersonalAccessToken(""),
        PersonalAccessToken("two words"),
        PersonalAccessToken("ümlaut"),
        ServicePrincipal("", "client", client_secret="x"),
        ServicePrincipal("tenant", "", client_secret="x"),
        ServicePrincipal("tenant", "client"),
        ServicePrincipal("tenant", "client", private_key_pem="x"),
    ],
)
def test_a_credential_that_can_be_none_is_refused(bench: Bench, credential: Credential) -> None:
    bench.refuses(lambda: bench.service.add("https://dev.azure.com/contoso", credential), ValidationError)
    assert not bench.contoso.calls


def test_a_wrong_credential_is_not_stored(bench: Bench) -> None:
    bench.gateways.refused_tokens.add(TOKEN.token)
    bench.refuses(lambda: bench.service.add("https://dev.azure.com/contoso", TOKEN), AuthenticationFailedError)


def test_an_organization_that_can_not_be_reached_is_not_stored(bench: Bench) -> None:
    bench.refuses(lambda: bench.service.add("https://dev.azure.com/nobody", TOKEN), GatewayUnavailableError)


def test_every_missing_right_is_named_at_once(bench: Bench) -> None:
    bench.contoso.missing_rights = {"read work items", "write work items"}
    error = bench.refuses(lambda: bench.service.add("https://dev.azure.com/contoso", TOKEN), MissingRightError)
    assert error.details["right"] == "read work items, write work items"
    assert "Give read work items." in error.message
    assert "Give write work items." in error.message


def test_adding_again_replaces_the_credential_and_keeps_the_date(bench: Bench) -> None:
    first = bench.service.add("https://dev.azure.com/contoso", TOKEN)
    bench.clock.advance(3600)
    bench.contoso.identity = "Principal"
    second = bench.service.add("https://contoso.visualstudio.com", PRINCIPAL)
    assert second == replace(
        first, credential_kind=CredentialKind.CLIENT_SECRET, identity="Principal", identity_id="principal"
    )
    assert bench.stored() == [second]
    assert bench.credential(first.id) == PRINCIPAL
    assert bench.gateways.forgotten == [first.id, first.id]


def test_another_organization_under_a_known_url_is_refused(bench: Bench) -> None:
    first = bench.service.add("https://dev.azure.com/contoso", TOKEN)
    bench.contoso.organization.id = "made-anew"
    error = bench.refuses(
        lambda: bench.service.add("https://dev.azure.com/contoso", PersonalAccessToken("other")),
        ForeignOrganizationError,
    )
    assert error.details == {"organization_id": first.id, "answering_id": "made-anew"}
    bench.refuses(lambda: bench.service.check(first.id), ForeignOrganizationError)
    bench.refuses(
        lambda: bench.service.replace_credential(first.id, PersonalAccessToken("other")), ForeignOrganizationError
    )
    assert bench.credential(first.id) == TOKEN


def test_a_renamed_organization_keeps_its_id(bench: Bench) -> None:
    first = bench.service.add("https://dev.azure.com/contoso", TOKEN)
    renamed = MemoryGateway(MemoryOrganization("contoso-ltd"))
    renamed.organization.id = first.id
    bench.gateways.gateways = {first.id: renamed}
    second = bench.service.add("https://dev.azure.com/contoso-ltd", TOKEN)
    assert (second.id, second.name, second.url) == (first.id, "contoso-ltd", "https://dev.azure.com/contoso-ltd")
    assert bench.stored() == [second]


def test_a_credential_is_replaced_after_it_was_tried(bench: Bench) -> None:
    added = bench.service.add("https://dev.azure.com/contoso", TOKEN)
    replaced = bench.service.replace_credential(added.id, PRINCIPAL)
    assert replaced.credential_kind is CredentialKind.CLIENT_SECRET
    assert bench.credential(added.id) == PRINCIPAL
    bench.contoso.missing_rights = {"write work items"}
    bench.refuses(lambda: bench.service.replace_credential(added.id, TOKEN), MissingRightError)
    assert bench.credential(added.id) == PRINCIPAL


def test_a_check_reports_every_right(bench: Bench) -> None:
    added = bench.service.add("https://dev.azure.com/contoso", TOKEN)
    bench.contoso.missing_rights = {"write work items"}
    report = bench.service.check(added.id)
    assert [(right.name, right.is_granted) for right in report.rights] == [
        ("read work items", True),
        ("write work items", False),
    ]


def test_an_organization_that_is_not_served_is_not_found(bench: Bench) -> None:
    for action in (bench.service.check, bench.service.remove):
        bench.refuses(lambda action=action: action("nobody"), NotFoundError)  # type: ignore[misc]
    bench.refuses(lambda: bench.service.replace_credential("nobody", TOKEN), NotFoundError)


@pytest.mark.parametrize("status", [status for status in ConnectionStatus if status is not ConnectionStatus.REMOVED])
def test_an_organization_with_connections_stays(bench: Bench, status: ConnectionStatus) -> None:
    added = bench.service.add("https://dev.azure.com/contoso", TOKEN)
    bench.connect(added.id, status)
    error = bench.refuses(lambda: bench.service.remove(added.id), StateError)
    assert f"to {status}" in error.message


def test_an_organization_is_removed_once_its_connections_are(bench: Bench) -> None:
    added = bench.service.add("https://dev.azure.com/contoso", TOKEN)
    other = bench.service.add(SERVER_URL, TOKEN)
    bench.connect(added.id, ConnectionStatus.REMOVED)
    bench.connect(other.id, ConnectionStatus.ACTIVE)
    bench.service.remove(added.id)
    assert bench.stored() == [other]
    assert bench.gateways.forgotten[-1] == added.id


@pytest.mark.parametrize(
    "credential",
    [TOKEN, PRINCIPAL, ServicePrincipal("t", "c", private_key_pem="key", certificate_pem="pem", authority="https://x")],
)
def test_a_credential_is_read_as_it_was_written(credential: Credential) -> None:
    assert read_credential(write_credential(credential)) == credential


@pytest.mark.parametrize(
    "document", [b"", b"[]", b"{}", b'{"kind":"token"}', b'{"kind":"client_secret","tenant_id":"t"}', b"\xff"]
)
def test_a_damaged_credential_is_told(document: bytes) -> None:
    with pytest.raises(ValidationError):
        read_credential(document)


def test_times_are_utc(bench: Bench) -> None:
    assert bench.service.add("https://dev.azure.com/contoso", TOKEN).added_at == datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
