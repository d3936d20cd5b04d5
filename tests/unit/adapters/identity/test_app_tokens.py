"""App tokens: every way of being false."""

import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
import structlog

from adnode.adapters.identity.app_tokens import ISSUER, JwtAppTokens
from adnode.domain.errors import ConfigurationError, SessionRefusedError
from adnode.domain.organization import OrganizationKind
from adnode.domain.session import ExtensionKey
from adnode.ports.identity import AppIdentity

SERVICES, SERVER = OrganizationKind.SERVICES, OrganizationKind.SERVER
AUDIENCE, OTHER_AUDIENCE = "a1f3c6de-0000-0000-0000-000000000001", "a1f3c6de-0000-0000-0000-000000000002"
KEY = "eyJ.certificate-text-of-the-extension.abc" + "a" * 40
OTHER_KEY = "eyJ.certificate-text-after-a-change.xyz" + "b" * 40
USER, TENANT = "55555555-5555-5555-5555-555555555555", "66666666-6666-6666-6666-666666666666"


def make_token(key: str = KEY, algorithm: str = "HS256", leave_out: str = "", **changes: Any) -> str:
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "nameid": USER,
        "tid": TENANT,
        "jti": "1",
        "nbf": now - 10,
        "exp": now + 4190,
        **changes,
    }
    claims.pop(leave_out, None)
    return jwt.encode(claims, key, algorithm=algorithm)


def verifier(*keys: ExtensionKey, server: tuple[ExtensionKey, ...] = ()) -> JwtAppTokens:
    return JwtAppTokens({SERVICES: keys or (ExtensionKey(AUDIENCE, KEY),), SERVER: server})


def test_a_token_names_its_user_and_tenant() -> None:
    token = make_token(nameid=USER.upper())
    assert verifier().verify(token, SERVICES) == AppIdentity(USER, TENANT)
    assert verifier().verify(make_token(leave_out="tid"), SERVICES) == AppIdentity(USER, "")


def test_blanks_around_the_key_do_not_matter() -> None:
    assert verifier(ExtensionKey(AUDIENCE, f" {KEY}\n")).verify(make_token(), SERVICES).user_id == USER


def test_old_and_new_key_count_while_they_are_listed() -> None:
    both = verifier(ExtensionKey(OTHER_AUDIENCE, OTHER_KEY), ExtensionKey(AUDIENCE, KEY))
    assert both.verify(make_token(), SERVICES).user_id == USER
    assert both.verify(make_token(OTHER_KEY, aud=OTHER_AUDIENCE), SERVICES).user_id == USER
    with pytest.raises(SessionRefusedError):
        both.verify(make_token(aud=OTHER_AUDIENCE), SERVICES)


FALSE_TOKENS: dict[str, Callable[[], str]] = {
    "nothing": lambda: "",
    "no token": lambda: "no token",
    "three parts": lambda: "a.b.c",
    "far too long": lambda: "x" * 20_000,
    "another key": lambda: make_token(OTHER_KEY),
    "HS384": lambda: make_token(algorithm="HS384"),
    "HS512": lambda: make_token(algorithm="HS512"),
    "unsigned": lambda: make_token("", algorithm="none"),
    "issuer with scheme": lambda: make_token(iss="https://app.vstoken.visualstudio.com"),
    "another issuer": lambda: make_token(iss="evil.example"),
    "another audience": lambda: make_token(aud=OTHER_AUDIENCE),
    "other audiences": lambda: make_token(aud=[OTHER_AUDIENCE]),
    "expired": lambda: make_token(exp=int(time.time()) - 120),
    "not yet": lambda: make_token(nbf=int(time.time()) + 600),
    "empty user": lambda: make_token(nameid=""),
    "user is a number": lambda: make_token(nameid=7),
    "tenant is a number": lambda: make_token(tid=7),
    "without exp": lambda: make_token(leave_out="exp"),
    "without nbf": lambda: make_token(leave_out="nbf"),
    "without aud": lambda: make_token(leave_out="aud"),
    "without iss": lambda: make_token(leave_out="iss"),
    "without nameid": lambda: make_token(leave_out="nameid"),
}


@pytest.mark.parametrize("name", FALSE_TOKENS)
def test_false_tokens_are_refused(name: str) -> None:
    token = FALSE_TOKENS[name]()
    with pytest.raises(SessionRefusedError):
        verifier().verify(token, SERVICES)


def test_clocks_may_differ_by_a_minute() -> None:
    now = int(time.time())
    assert verifier().verify(make_token(exp=now - 30), SERVICES)
    assert verifier().verify(make_token(nbf=now + 30), SERVICES)


def test_an_expired_token_is_told_so() -> None:
    keys = verifier(ExtensionKey(OTHER_AUDIENCE, OTHER_KEY), ExtensionKey(AUDIENCE, KEY))
    with pytest.raises(SessionRefusedError, match="time is over"):
        keys.verify(make_token(exp=int(time.time()) - 120), SERVICES)


def test_a_key_whose_audience_is_unknown_lets_nobody_in_but_names_what_it_saw() -> None:
    with structlog.testing.capture_logs() as logs, pytest.raises(SessionRefusedError, match="another listing"):
        verifier(ExtensionKey("", KEY)).verify(make_token(), SERVICES)
    (line,) = logs
    assert (line["event"], line["audience"]) == ("extension_audience_unknown", AUDIENCE)


def test_an_empty_audience_fits_no_key() -> None:
    with pytest.raises(SessionRefusedError):
        verifier(ExtensionKey("", KEY)).verify(make_token(aud=""), SERVICES)


def test_without_a_key_nobody_is_let_in() -> None:
    with pytest.raises(ConfigurationError, match="ADNODE_EXTENSION_KEYS"):
        JwtAppTokens({}).verify(make_token(), SERVICES)


def test_server_pages_need_one_where_a_key_for_them_is_set() -> None:
    assert verifier().is_required(SERVICES)
    assert not verifier().is_required(SERVER)
    assert verifier(server=(ExtensionKey(AUDIENCE, KEY),)).is_required(SERVER)


def test_keys_of_services_do_not_count_for_server() -> None:
    with pytest.raises(ConfigurationError):
        verifier().verify(make_token(), SERVER)
