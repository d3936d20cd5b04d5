"""The technical part of an error says where it failed, and nothing that somebody wrote or must not see."""

from pathlib import Path

import pytest
import structlog
from structlog.contextvars import get_contextvars

from adnode.domain.error_record import TECHNICAL_LIMIT
from adnode.domain.errors import GatewayUnavailableError, PeerRefusedError, RuleViolationError
from adnode.services.correlation import correlated, correlation_id
from adnode.services.technical_details import describe

SECRETS = ("ghp-token-of-somebody", "my diary", "hunter2")


def fail() -> None:
    try:
        raise ConnectionResetError(104, f"token {SECRETS[0]} in https://x/?password={SECRETS[2]}")
    except OSError as error:
        raise ValueError(f"body: {SECRETS[1]}") from error


def fail_in_words() -> None:
    try:
        fail()
    except ValueError as error:
        raise GatewayUnavailableError("No answer.", status=503, request="GET /fabrikam/_apis/wit") from error


def test_it_names_the_chain_the_request_and_the_status_but_no_foreign_message() -> None:
    with pytest.raises(GatewayUnavailableError) as caught:
        fail_in_words()
    text = describe(caught.value)
    for part in ("GatewayUnavailableError", "azure_devops_unavailable", "GET /fabrikam/_apis/wit", "503", "ValueError"):
        assert part in text
    assert "ConnectionResetError" in text
    assert "errno: 104" in text
    assert "test_technical_details.fail" in text
    assert not any(secret in text for secret in SECRETS)
    assert str(Path(__file__).parent) not in text


def test_fields_and_other_details_are_left_out() -> None:
    text = describe(RuleViolationError("Field Secret must be “my diary”.", fields=("Custom.Secret",)))
    assert "my diary" not in text
    refused = PeerRefusedError("No.", peer_code="state", status=409, request="POST /peer/v1/x", token="hunter2")
    assert "hunter2" not in describe(refused)
    assert "409" in describe(refused)


def test_it_is_short_however_deep_the_chain() -> None:
    error: BaseException = ValueError()
    for _ in range(50):
        outer = GatewayUnavailableError("x", request="G" * 500)
        outer.__cause__ = error
        error = outer
    assert len(describe(error)) <= TECHNICAL_LIMIT


def test_a_chain_that_bites_its_tail_ends() -> None:
    first, second = ValueError(), TypeError()
    first.__cause__, second.__cause__ = second, first
    assert describe(first).count("ValueError") == 1


def test_each_round_has_an_id_of_its_own_and_leaves_none_behind() -> None:
    structlog.contextvars.clear_contextvars()
    with correlated() as first:
        assert correlation_id() == first
        with correlated() as second:
            assert correlation_id() == second != first
        assert correlation_id() == first
    assert correlation_id() == ""
    assert "correlation_id" not in get_contextvars()
