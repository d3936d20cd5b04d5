"""What every SessionTokens does."""

from datetime import timedelta

import pytest

from adnode.adapters.identity.session_tokens import JwtSessionTokens
from adnode.adapters.memory.clock import MemoryClock
from adnode.adapters.memory.identity import MemorySessionTokens
from adnode.domain.errors import SessionExpiredError, SessionRefusedError
from adnode.domain.organization import OrganizationKind
from adnode.domain.session import Session, Tenant
from adnode.ports.identity import SessionTokens


def make_session(clock: MemoryClock, *, is_administrator: bool = True) -> Session:
    tenant = Tenant("org-a", "Ä & B", "https://dev.azure.com/a", OrganizationKind.SERVICES, clock.now())
    return Session(
        id="session-1",
        tenant=tenant,
        user_id="user-1",
        user_name="Anna “Admin”",
        is_administrator=is_administrator,
        issued_at=clock.now(),
        expires_at=clock.now() + timedelta(minutes=45),
    )


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock()


@pytest.fixture(params=["memory", "jwt"])
def tokens(request: pytest.FixtureRequest, clock: MemoryClock) -> SessionTokens:
    return MemorySessionTokens(clock) if request.param == "memory" else JwtSessionTokens([b"k" * 32], clock)


@pytest.mark.parametrize("is_administrator", [True, False])
def test_a_token_gives_its_session_back(tokens: SessionTokens, clock: MemoryClock, is_administrator: bool) -> None:
    session = make_session(clock, is_administrator=is_administrator)
    assert tokens.read(tokens.issue(session)) == session


def test_a_session_ends_at_its_time(tokens: SessionTokens, clock: MemoryClock) -> None:
    token = tokens.issue(make_session(clock))
    clock.advance(45 * 60 - 1)
    tokens.read(token)
    clock.advance(1)
    with pytest.raises(SessionExpiredError):
        tokens.read(token)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "ey.ey.ey", "é", "x" * 100_000])
def test_what_is_no_token_is_refused(tokens: SessionTokens, token: str) -> None:
    with pytest.raises(SessionRefusedError):
        tokens.read(token)
