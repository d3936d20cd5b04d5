"""What every vault does."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from adnode.adapters.memory.vault import MemoryVault
from adnode.adapters.vault import AesGcmVault
from adnode.domain.errors import SecretUnreadableError
from adnode.ports.system import Vault

OLD, NEW = b"o" * 32, b"n" * 32


@dataclass(frozen=True, slots=True)
class VaultLife:
    """A vault before rotation, after it, and once the old key is dropped."""

    before: Vault
    rotated: Callable[[], Vault]
    forgotten: Callable[[], Vault]


@pytest.fixture(params=["memory", "aes"])
def life(request: pytest.FixtureRequest) -> VaultLife:
    if request.param == "aes":
        return VaultLife(AesGcmVault([OLD]), lambda: AesGcmVault([NEW, OLD]), lambda: AesGcmVault([NEW]))
    memory = MemoryVault()

    def rotate() -> Vault:
        memory.rotate()
        return memory

    def forget() -> Vault:
        memory.forget_earlier()
        return memory

    return VaultLife(memory, rotate, forget)


def test_a_secret_opens_for_its_context(life: VaultLife) -> None:
    assert life.before.open(life.before.seal(b"secret", "connection:1"), "connection:1") == b"secret"


def test_a_secret_moved_to_another_row_does_not_open(life: VaultLife) -> None:
    sealed = life.before.seal(b"secret", "connection:1")
    with pytest.raises(SecretUnreadableError):
        life.before.open(sealed, "connection:2")


@pytest.mark.parametrize("position", [0, 1, 20, -1])
def test_a_changed_byte_does_not_open(life: VaultLife, position: int) -> None:
    sealed = bytearray(life.before.seal(b"secret", "row"))
    sealed[position] ^= 0x40
    with pytest.raises(SecretUnreadableError):
        life.before.open(bytes(sealed), "row")


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" * 16])
def test_bytes_that_were_never_sealed_do_not_open(life: VaultLife, sealed: bytes) -> None:
    with pytest.raises(SecretUnreadableError):
        life.before.open(sealed, "row")


def test_the_sealed_form_does_not_show_the_secret(life: VaultLife) -> None:
    assert b"a-well-known-secret" not in life.before.seal(b"a-well-known-secret", "row")


def test_after_rotation_old_secrets_open_and_show_as_outdated(life: VaultLife) -> None:
    old = life.before.seal(b"secret", "row")
    assert life.before.is_current(old)
    vault = life.rotated()
    assert vault.open(old, "row") == b"secret"
    assert not vault.is_current(old)
    assert vault.is_current(vault.seal(b"secret", "row"))


def test_a_dropped_key_opens_nothing_more(life: VaultLife) -> None:
    old = life.before.seal(b"secret", "row")
    life.rotated()
    with pytest.raises(SecretUnreadableError):
        life.forgotten().open(old, "row")
