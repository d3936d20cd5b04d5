"""When a digest is due, and which addresses can be written to."""

from datetime import UTC, datetime, timedelta

import pytest

from adnode.domain.errors import ValidationError
from adnode.domain.mail_address import read_mail_address
from adnode.domain.notification import (
    DELIVERY_TRANSITIONS,
    SUBSCRIBER_TRANSITIONS,
    DeliveryStatus,
    Digest,
    SubscriberStatus,
    is_due,
)

MINUTE = timedelta(minutes=1)


def at(hour: int, minute: int = 0, day: int = 2) -> datetime:
    return datetime(2027, 3, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("digest", "oldest", "now", "expected"),
    [
        (Digest.AT_ONCE, at(9, 0), at(9, 0), False),
        (Digest.AT_ONCE, at(9, 0), at(9, 1), True),
        (Digest.HOURLY, at(9, 1), at(9, 59), False),
        (Digest.HOURLY, at(9, 59), at(10, 0), True),
        (Digest.HOURLY, at(10, 0), at(10, 0), False),
        (Digest.DAILY, at(6, 59), at(7, 0), True),
        (Digest.DAILY, at(7, 0), at(23, 59), False),
        (Digest.DAILY, at(7, 0), at(6, 59, day=3), False),
        (Digest.DAILY, at(7, 0), at(7, 0, day=3), True),
        (Digest.DAILY, at(20, 0, day=1), at(6, 0), False),
    ],
)
def test_when_a_digest_is_due(digest: Digest, oldest: datetime, now: datetime, expected: bool) -> None:
    assert is_due(digest, oldest, now, MINUTE) is expected


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        (" ada@example.com ", "ada@example.com"),
        ("a.b+c@mail.example.co.uk", "a.b+c@mail.example.co.uk"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("root@localhost", "root@localhost"),
    ],
)
def test_addresses_that_can_be_written_to(typed: str, address: str) -> None:
    assert read_mail_address(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "ada@example..com",
        "ada@-example.com",
        ".ada@example.com",
        "ada@example.com, eve@example.com",
        "ada@example.com;eve@example.com",
        "Ada <ada@example.com>",
        '"ada"@example.com',
        "ada@example.com\nBcc: eve@example.com",
        "ada\r\n@example.com",
        "ada\x00@example.com",
        "ädä@example.com",
        "ada@exa mple.com",
        "ada@" + "ü" * 80 + ".example",
        "a" * 250 + "@example.com",
    ],
)
def test_everything_else_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError, match="no e-mail address"):
        read_mail_address(typed)


def test_every_status_has_its_transitions() -> None:
    assert set(SUBSCRIBER_TRANSITIONS) == set(SubscriberStatus)
    assert set(DELIVERY_TRANSITIONS) == set(DeliveryStatus)
