"""Who gets a session: the refusals and attacks of the extension-platform contract, with the real checks on a socket."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import jwt
import pytest
import structlog
from tests.contract.identity.fake_azure_devops import JSON, FakeAnswer, FakeAzureDevOps, FakePerson, serve

from adnode.adapters.identity.app_tokens import ISSUER, JwtAppTokens
from adnode.adapters.identity.directory import HttpIdentityDirectory
from adnode.adapters.identity.session_tokens import JwtSessionTokens
from adnode.adapters.memory.clock import MemoryClock, MemoryIds
from adnode.adapters.memory.storage import MemoryStorage
from adnode.domain.audit import AuditAction
from adnode.domain.errors import (
    AdministratorRequiredError,
    CollectionRefusedError,
    OrganizationNotAllowedError,
    SessionExpiredError,
    SessionRefusedError,
)
from adnode.domain.organization import OrganizationKind
from adnode.domain.session import ExtensionKey, SessionPurpose, Tenant
from adnode.services.collection_directory import CollectionDirectory
from adnode.services.sessions import OpenedSession, SessionPolicy, SessionRequest, SessionService

AUDIENCE = "a1f3c6de-0000-0000-0000-000000000001"
OUR_KEY, FOREIGN_KEY = "certificate text of this extension" * 2, "certificate text of another extension" * 2
A, B = "aaaaaaaa-1111-1111-1111-111111111111", "bbbbbbbb-1111-1111-1111-111111111111"
TENANT, OTHER_TENANT = "22222222-2222-2222-2222-222222222222", "99999999-2222-2222-2222-222222222222"
ADMIN, READER = "33333333-3333-3333-3333-333333333333", "44444444-4444-4444-4444-444444444444"
ELSEWHERE = "55555555-5555-5555-5555-555555555555"


def app_token(user_id: str = ADMIN, tenant_id: str = TENANT, key: str = OUR_KEY, audience: str = AUDIENCE) -> str:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": audience, "nameid": user_id, "tid": tenant_id, "nbf": now, "exp": now + 4200}
    return jwt.encode(claims, key, algorithm="HS256")


@dataclass(slots=True)
class Desk:
    """A node that knows the organization ``fabrikam`` (A) on a socket."""

    fake: FakeAzureDevOps
    policy: SessionPolicy = field(default_factory=SessionPolicy)
    server_urls: tuple[str, ...] = ()
    server_keys: tuple[ExtensionKey, ...] = ()
    storage: MemoryStorage = field(default_factory=MemoryStorage)
    clock: MemoryClock = field(default_factory=MemoryClock)
    directory: HttpIdentityDirectory = field(default_factory=HttpIdentityDirectory)
    ids: MemoryIds = field(default_factory=MemoryIds)

    @property
    def service(self) -> SessionService:
        keys = {OrganizationKind.SERVICES: [ExtensionKey(AUDIENCE, OUR_KEY)], OrganizationKind.SERVER: self.server_keys}
        return SessionService(
            self.storage.unit_of_work,
            CollectionDirectory(self.fake.url, self.server_urls),
            JwtAppTokens(keys),
            self.directory,
            JwtSessionTokens([b"k" * 32], self.clock),
            self.clock,
            self.ids,
            self.policy,
        )

    def open(self, app: str = "", access: str = "admin-token", **claims: Any) -> OpenedSession:
        request: dict[str, Any] = {"host_id": A, "host_name": "fabrikam", "is_hosted": True, **claims}
        return self.service.open(SessionRequest(app or app_token(), access, **request))

    def tenants(self) -> list[Tenant]:
        with self.storage.unit_of_work() as work:
            return [tenant for tenant in (work.tenants.find(A), work.tenants.find(B)) if tenant]

    def actions(self) -> list[AuditAction]:
        with self.storage.unit_of_work() as work:
            return [entry.action for entry in work.audit.list_page(A, limit=50)]

    def calls(self) -> list[str]:
        return [path.removeprefix("/fabrikam/_apis/") for path, _, _ in self.fake.seen]


@pytest.fixture
def desk() -> Iterator[Desk]:
    people = {
        "admin-token": FakePerson(ADMIN, permission=True),
        "reader-token": FakePerson(READER, "Rita Reader", permission=False),
    }
    made = Desk(FakeAzureDevOps(instance_id=A, tenant_id=TENANT, people=people))
    with serve(made.fake):
        yield made
    made.directory.close()


# what must work ------------------------------------------------------------------------------------------------------


def test_an_administrator_gets_a_session_of_the_organization(desk: Desk) -> None:
    opened = desk.open(host_id=A.upper())
    session = desk.service.read(opened.token)
    assert session == opened.session
    assert (session.tenant.id, session.tenant.name, session.tenant.url) == (A, "fabrikam", f"{desk.fake.url}/fabrikam")
    assert (session.user_id, session.user_name, session.is_administrator) == (ADMIN, "Anna Admin", True)


def test_the_first_administrator_registers_the_organization_and_later_ones_do_not(desk: Desk) -> None:
    desk.open()
    (tenant,) = desk.tenants()
    desk.clock.advance(60)
    desk.open()
    assert desk.tenants() == [tenant]
    opened = AuditAction.SESSION_OPENED
    assert desk.actions() == [opened, opened, AuditAction.ORGANIZATION_REGISTERED]


def test_a_session_ends(desk: Desk) -> None:
    token = desk.open().token
    desk.clock.advance(2700)
    with pytest.raises(SessionExpiredError):
        desk.service.read(token)


def test_a_renamed_organization_stays_the_same_tenant(desk: Desk) -> None:
    with desk.storage.unit_of_work() as work:
        work.tenants.save(
            Tenant(A, "old-name", "https://dev.azure.com/old-name", OrganizationKind.SERVICES, desk.clock.now())
        )
        work.commit()
    desk.clock.advance(60)
    desk.open()
    (tenant,) = desk.tenants()
    assert (tenant.name, tenant.first_seen_at < desk.clock.now()) == ("fabrikam", True)


def test_a_different_user_id_in_the_app_token_is_accepted_from_the_same_tenant_and_recorded(desk: Desk) -> None:
    for _ in range(2):
        assert desk.open(app_token(ELSEWHERE)).session.user_id == ADMIN
    paired, registered = AuditAction.IDENTITIES_PAIRED, AuditAction.ORGANIZATION_REGISTERED
    assert [action for action in desk.actions() if action is not AuditAction.SESSION_OPENED] == [paired, registered]


# the attacks of 1.3 --------------------------------------------------------------------------------------------------


def test_attack_1_a_user_of_another_organization_cannot_claim_this_one(desk: Desk) -> None:
    with pytest.raises(SessionRefusedError):
        desk.open(app_token(ELSEWHERE, OTHER_TENANT), access="token-of-organization-b")
    assert desk.tenants() == []


def test_attack_1_nor_with_the_id_of_this_one_and_the_name_of_the_own(desk: Desk) -> None:
    desk.fake.instance_id = B
    with pytest.raises(SessionRefusedError, match="not the organization"):
        desk.open(host_id=A)
    assert desk.tenants() == []


def test_attack_2_another_extension_cannot_replay_an_access_token(desk: Desk) -> None:
    for false in (app_token(key=FOREIGN_KEY), app_token(audience="another-extension"), "none"):
        with pytest.raises(SessionRefusedError):
            desk.open(false)
    assert desk.fake.seen == []


def test_attack_2_nor_with_an_app_token_of_its_own_user(desk: Desk) -> None:
    with pytest.raises(SessionRefusedError, match="different people"):
        desk.open(app_token(ELSEWHERE, OTHER_TENANT))
    desk.policy = SessionPolicy(is_strict=True)
    with pytest.raises(SessionRefusedError, match="different people"):
        desk.open(app_token(ELSEWHERE, TENANT))


@pytest.mark.parametrize("tenant_id", ["", "00000000-0000-0000-0000-000000000000"])
def test_attack_2_nor_where_no_tenant_backs_the_organization(desk: Desk, tenant_id: str) -> None:
    desk.fake.tenant_id = tenant_id
    for tid in (tenant_id, "", "00000000-0000-0000-0000-000000000000"):
        with pytest.raises(SessionRefusedError, match="different people"):
            desk.open(app_token(ELSEWHERE, tid))


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "-fabrikam",
        "fabrikam-",
        "a" * 51,
        "fabrikam/x",
        "fabrikam\\x",
        "fabrikam?x",
        "fabrikam#x",
        "fabrikam@evil.example",
        "evil.example",
        "https://evil.example",
        "fabrikam\n",
        "fabrikam ",
        "fäbrikam",
        "fabrikam%2f",
        "f\u0430brikam",
    ],
)
def test_attack_3_no_name_sends_a_token_anywhere_else(desk: Desk, name: str) -> None:
    with pytest.raises(CollectionRefusedError):
        desk.open(host_name=name)
    assert desk.fake.seen == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://evil.example/tfs/Collection",
        "https://tfs.example/tfs",
        "https://tfs.example/tfs/Collection/../Other",
        "https://tfs.example/tfs/Collection/x",
        "https://tfs.example/tfs/Collection?x",
        "https://tfs.example/tfs/collection",
        "https://tfs.example/tfs/Collection@evil.example",
        "https://tfs.example.evil.example/tfs/Collection",
        "https://user@tfs.example/tfs/Collection",
        "http://tfs.example/tfs/Collection",
    ],
)
def test_attack_3_only_collections_that_the_operator_listed_are_called(desk: Desk, url: str) -> None:
    desk.server_urls = ("https://tfs.example/tfs/Collection",)
    with pytest.raises(CollectionRefusedError, match="ADNODE_SERVER_URLS"):
        desk.open(is_hosted=False, collection_url=url)
    assert desk.fake.seen == []


def test_attack_3_a_hosted_page_cannot_name_an_address(desk: Desk) -> None:
    desk.open(collection_url="https://evil.example/")
    assert desk.tenants()[0].url == f"{desk.fake.url}/fabrikam"


def test_attack_3_redirects_are_not_followed(desk: Desk) -> None:
    target = {"Location": f"{desk.fake.url}/fabrikam/evil"}
    desk.fake.instead["/_apis/connectionData"] = FakeAnswer(302, b"", target)
    with pytest.raises(SessionRefusedError):
        desk.open()
    assert desk.calls() == ["connectionData"]


def test_attack_4_a_stranger_with_a_freed_name_is_another_tenant(desk: Desk) -> None:
    ours = desk.open().session
    desk.fake.instance_id = B
    theirs = desk.open(host_id=B).session
    assert (ours.tenant.id, theirs.tenant.id) == (A, B)
    with pytest.raises(SessionRefusedError):
        desk.open(host_id=A)


def test_attack_4_a_freed_name_on_the_allow_list_does_not_let_the_stranger_in(desk: Desk) -> None:
    desk.policy = SessionPolicy(allowed_organizations=("Fabrikam",))
    desk.open()
    desk.fake.instance_id = B
    with pytest.raises(OrganizationNotAllowedError):
        desk.open(host_id=B)


def test_attack_5_anonymous_in_a_public_organization_is_nobody(desk: Desk) -> None:
    desk.fake.is_public = True
    with pytest.raises(SessionRefusedError):
        desk.open(access="bogus")
    assert desk.calls() == ["connectionData"]


# rights --------------------------------------------------------------------------------------------------------------


def test_somebody_without_the_right_is_told_which_and_who_can_give_it(desk: Desk) -> None:
    with pytest.raises(AdministratorRequiredError) as refused:
        desk.open(app_token(READER), access="reader-token")
    assert refused.value.details["right"] == "Edit collection-level information"
    assert "Project Collection Administrators" in str(refused.value.details["grantor"])
    assert "Rita Reader" in refused.value.message
    assert desk.tenants() == []


def test_a_right_that_cannot_be_read_counts_as_no_and_says_so(desk: Desk) -> None:
    desk.fake.people["admin-token"] = FakePerson(ADMIN, permission=None)
    with pytest.raises(AdministratorRequiredError, match="did not say"):
        desk.open()


def test_membership_counts_where_the_right_cannot_be_read(desk: Desk) -> None:
    desk.fake.people["admin-token"] = FakePerson(ADMIN, permission=None, is_member=True)
    assert desk.open().session.is_administrator


def test_the_panel_is_for_everybody_but_registers_nothing(desk: Desk) -> None:
    opened = desk.open(app_token(READER), access="reader-token", purpose=SessionPurpose.PANEL)
    assert not opened.session.is_administrator
    assert desk.tenants() == []
    assert desk.open(purpose=SessionPurpose.PANEL).session.is_administrator


@pytest.mark.parametrize("allowed", [(A,), (A.upper(),), ("fabrikam",), ("FABRIKAM", B)])
def test_the_operator_may_say_which_organizations_come_in(desk: Desk, allowed: tuple[str, ...]) -> None:
    desk.policy = SessionPolicy(allowed_organizations=allowed)
    assert desk.open().session.tenant.id == A


def test_other_organizations_are_told_what_the_operator_must_add(desk: Desk) -> None:
    desk.policy = SessionPolicy(allowed_organizations=(B, "contoso"))
    for purpose in SessionPurpose:
        with pytest.raises(OrganizationNotAllowedError, match=A):
            desk.open(purpose=purpose)
    assert desk.tenants() == []


def test_refusals_come_in_the_order_of_the_contract(desk: Desk) -> None:
    with pytest.raises(SessionRefusedError):
        desk.open("bad", access="bad", host_name="?")
    with pytest.raises(CollectionRefusedError):
        desk.open(access="bad", host_name="?")
    assert desk.fake.seen == []
    with pytest.raises(SessionRefusedError):
        desk.open(app_token(READER), access="bad")
    assert desk.calls() == ["connectionData"]


# Azure DevOps Server ------------------------------------------------------------------------------------------------


@pytest.fixture
def server_desk(desk: Desk) -> Desk:
    desk.fake.kind = OrganizationKind.SERVER
    desk.server_urls = (f"{desk.fake.url}/fabrikam/",)
    return desk


def server_claims(desk: Desk) -> dict[str, Any]:
    return {"is_hosted": False, "collection_url": f"{desk.fake.url}/fabrikam", "host_name": "anything"}


def test_a_listed_collection_needs_no_app_token(server_desk: Desk) -> None:
    session = server_desk.open("none", **server_claims(server_desk)).session
    assert (session.tenant.kind, session.tenant.name) == (OrganizationKind.SERVER, "fabrikam")


def test_with_a_key_for_server_it_does(server_desk: Desk) -> None:
    server_desk.server_keys = (ExtensionKey(AUDIENCE, OUR_KEY),)
    with pytest.raises(SessionRefusedError):
        server_desk.open("none", **server_claims(server_desk))
    assert server_desk.open(**server_claims(server_desk)).session.is_administrator


def test_a_server_cannot_pass_for_services(server_desk: Desk) -> None:
    with pytest.raises(SessionRefusedError):
        server_desk.open()


# secrets ------------------------------------------------------------------------------------------------------------


def test_tokens_are_never_logged_nor_shown(
    desk: Desk, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    secrets = [app_token(), "admin-token", "reader-token"]
    messages = []
    with structlog.testing.capture_logs() as logs:
        opened = desk.open(secrets[0])
        for change in ({"host_id": B}, {"host_name": "?"}, {"access": "bogus-token"}):
            with pytest.raises((SessionRefusedError, CollectionRefusedError)) as refused:
                desk.open(**{"app": secrets[0], **change})
            messages.append(f"{refused.value.message} {refused.value.details}")
        with pytest.raises(AdministratorRequiredError):
            desk.open(app_token(READER), access="reader-token")
    request = SessionRequest(secrets[0], "admin-token", A, "fabrikam", True)  # noqa: FBT003
    written = " ".join([*messages, str(logs), caplog.text, repr(request), repr(opened), *capsys.readouterr()])
    for secret in [*secrets, "bogus-token", opened.token]:
        assert secret not in written


def test_tokens_are_sent_in_the_header_only(desk: Desk) -> None:
    desk.fake.instead["/_apis/permissions"] = FakeAnswer(200, b'{"value": [true]}', {"Content-Type": JSON})
    desk.open()
    for path, query, authorization in desk.fake.seen:
        assert authorization == "Bearer admin-token"
        assert "token" not in path
        assert "admin-token" not in str(query)
