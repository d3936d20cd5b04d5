"""What only the encrypting vault promises."""

import pytest

from adnode.adapters.vault import AesGcmVault
from adnode.domain.errors import ConfigurationError, SecretUnreadableError

KEY = b"k" * 32


def test_sealing_twice_gives_different_bytes() -> None:
    vault = AesGcmVault([KEY])
    assert vault.seal(b"secret", "row") != vault.seal(b"secret", "row")


@pytest.mark.parametrize("keys", [[], [b"short"], [KEY, b"x" * 31]])
def test_unusable_key_lists_are_refused_at_the_start(keys: list[bytes]) -> None:
    with pytest.raises(ConfigurationError, match="32 bytes"):
        AesGcmVault(keys)


def test_the_error_names_the_setting_and_never_the_secret() -> None:
    sealed = AesGcmVault([KEY]).seal(b"top-secret", "row")
    with pytest.raises(SecretUnreadableError, match="ADNODE_SECRET_KEYS") as caught:
        AesGcmVault([b"z" * 32]).open(sealed, "row")
    assert "top-secret" not in str(caught.value)


def test_the_vault_does_not_show_its_keys() -> None:
    assert "kkkk" not in repr(AesGcmVault([KEY])) + str(vars(AesGcmVault([KEY])))
