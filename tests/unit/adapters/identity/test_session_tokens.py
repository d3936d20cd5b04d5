"""Session tokens: signed by derived keys, which rotate with the node's secret keys."""

import base64
import json

import jwt
import pytest
from tests.contract.identity.test_session_tokens_contract import make_session

from adnode.adapters.identity.session_tokens import JwtSessionTokens
from adnode.adapters.memory.clock import MemoryClock
from adnode.domain.errors import ConfigurationError, SessionRefusedError

OLD, NEW = b"o" * 32, b"n" * 32


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock()


def forged(token: str, **claims: object) -> str:
    """Return the token with other claims under the old signature."""
    head, body, signature = token.split(".")
    document = {**json.loads(base64.urlsafe_b64decode(body + "==")), **claims}
    return f"{head}.{base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip('=')}.{signature}"


def test_a_key_put_in_front_signs_anew_and_the_old_one_still_counts(clock: MemoryClock) -> None:
    session = make_session(clock)
    before, during, after = (
        JwtSessionTokens([OLD], clock),
        JwtSessionTokens([NEW, OLD], clock),
        JwtSessionTokens([NEW], clock),
    )
    assert during.read(before.issue(session)) == session
    assert after.read(during.issue(session)) == session
    with pytest.raises(SessionRefusedError):
        after.read(before.issue(session))


def test_the_secret_key_itself_signs_nothing(clock: MemoryClock) -> None:
    tokens = JwtSessionTokens([OLD], clock)
    claims = jwt.decode(tokens.issue(make_session(clock)), options={"verify_signature": False})
    with pytest.raises(SessionRefusedError):
        tokens.read(jwt.encode(claims, OLD, algorithm="HS256"))


@pytest.mark.parametrize("change", [{"tenant": "org-b"}, {"admin": True}, {"exp": 9_999_999_999}])
def test_changed_claims_are_refused(clock: MemoryClock, change: dict[str, object]) -> None:
    tokens = JwtSessionTokens([OLD], clock)
    token = tokens.issue(make_session(clock, is_administrator=False))
    with pytest.raises(SessionRefusedError):
        tokens.read(forged(token, **change))


def test_unsigned_tokens_are_refused(clock: MemoryClock) -> None:
    tokens = JwtSessionTokens([OLD], clock)
    claims = jwt.decode(tokens.issue(make_session(clock)), options={"verify_signature": False})
    with pytest.raises(SessionRefusedError):
        tokens.read(jwt.encode(claims, "", algorithm="none"))


@pytest.mark.parametrize("missing", ["tenant", "user", "kind", "admin"])
def test_a_token_of_another_release_is_refused(clock: MemoryClock, missing: str) -> None:
    tokens = JwtSessionTokens([OLD], clock)
    claims = jwt.decode(tokens.issue(make_session(clock)), options={"verify_signature": False})
    del claims[missing]
    # Signed with the derived key, as only this node can.
    signed = jwt.encode(claims, tokens._keys[0], algorithm="HS256")
    with pytest.raises(SessionRefusedError, match="release"):
        tokens.read(signed)


def test_without_a_secret_key_there_are_no_sessions(clock: MemoryClock) -> None:
    with pytest.raises(ConfigurationError):
        JwtSessionTokens([], clock)
