"""E-mail addresses as they can be written into an envelope and a header without a second thought."""

import re

from adnode.domain.errors import ValidationError

MAXIMUM_LENGTH = 254
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
_DOMAIN = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*", re.ASCII
)


def read_mail_address(text: str) -> str:
    """Return one plain address, its domain in ASCII; raises ValidationError."""
    user, at, domain = text.strip().rpartition("@")
    try:
        plain = domain if domain.isascii() else domain.encode("idna").decode()
    except UnicodeError:
        plain = ""
    address = f"{user}@{plain}"
    if not at or not _LOCAL.fullmatch(user) or not _DOMAIN.fullmatch(plain) or len(address) > MAXIMUM_LENGTH:
        raise ValidationError("This is no e-mail address. It looks like ada@example.com; give one only.")
    return address
