"""Settings of the pages inside Azure DevOps."""

from pathlib import Path

import pytest

from adnode.domain.errors import ConfigurationError
from adnode.domain.session import ExtensionKey
from adnode.settings import read_settings

CERTIFICATE = "eyJhbGciOi.certificate-text-of-the-extension.x=="


def test_keys_of_the_extension_are_pairs_and_may_be_several() -> None:
    text = f"A1F3=  {CERTIFICATE} , ={CERTIFICATE}2,b2={CERTIFICATE}3"
    settings = read_settings({"ADNODE_EXTENSION_KEYS": text, "ADNODE_SERVER_EXTENSION_KEYS": f"c3={CERTIFICATE}"})
    assert settings.extension_keys == (
        ExtensionKey("a1f3", CERTIFICATE),
        ExtensionKey("", f"{CERTIFICATE}2"),
        ExtensionKey("b2", f"{CERTIFICATE}3"),
    )
    assert settings.server_extension_keys == (ExtensionKey("c3", CERTIFICATE),)
    assert CERTIFICATE not in repr(settings)


@pytest.mark.parametrize("text", ["no-pair", "a1=short", CERTIFICATE.rstrip("=")])
def test_keys_that_are_none_are_refused_without_being_shown(text: str) -> None:
    with pytest.raises(ConfigurationError, match="ADNODE_EXTENSION_KEYS") as refused:
        read_settings({"ADNODE_EXTENSION_KEYS": text})
    assert text not in refused.value.message


def test_services_are_the_real_ones_unless_an_emulator_on_this_machine_is_named() -> None:
    assert read_settings({}).services_url == "https://dev.azure.com"
    local = {"ADNODE_SERVICES_URL": "http://127.0.0.1:9000/", "ADNODE_ALLOW_LOOPBACK_HTTP": "yes"}
    assert read_settings(local).services_url == "http://127.0.0.1:9000"


@pytest.mark.parametrize(
    ("url", "flag"),
    [
        ("http://127.0.0.1:9000", "no"),
        ("http://devops.example", "yes"),
        ("ftp://dev.azure.com", "yes"),
        ("https://user@dev.azure.com", "no"),
        ("https://dev.azure.com/?x", "no"),
        ("dev.azure.com", "no"),
    ],
)
def test_other_places_for_services_are_refused(url: str, flag: str) -> None:
    with pytest.raises(ConfigurationError, match="ADNODE_SERVICES_URL"):
        read_settings({"ADNODE_SERVICES_URL": url, "ADNODE_ALLOW_LOOPBACK_HTTP": flag})


@pytest.mark.parametrize("seconds", ["0", "3601", "x"])
def test_sessions_last_an_hour_at_most(seconds: str) -> None:
    with pytest.raises(ConfigurationError, match="3600"):
        read_settings({"ADNODE_SESSION_SECONDS": seconds})


def test_the_other_settings_of_pages() -> None:
    settings = read_settings(
        {
            "ADNODE_ALLOWED_ORGANIZATIONS": "fabrikam, 1111",
            "ADNODE_SESSION_SECONDS": "600",
            "ADNODE_SESSION_STRICT": "yes",
            "ADNODE_STATIC_DIR": "/srv/pages",
            "ADNODE_TRUSTED_PROXIES": "2",
        }
    )
    assert settings.allowed_organizations == ("fabrikam", "1111")
    assert (settings.session_seconds, settings.requires_same_identity) == (600.0, True)
    assert (settings.static_directory, settings.trusted_proxies) == (Path("/srv/pages"), 2)
    assert read_settings({}).trusted_proxies == 0
