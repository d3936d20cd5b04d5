"""Addresses that a peer sends: which are taken, and which lie below an organization."""

import pytest

from adnode.domain.errors import AddressRefusedError
from adnode.domain.web_address import check_address, check_organization_url, is_below

CLOUD = "https://dev.azure.com/fabrikam"
SERVER = "http://tfs.contoso.local:8080/tfs/Default%20Collection"


@pytest.mark.parametrize(
    "url",
    [
        f"{CLOUD}/_workitems/edit/7",
        f"{CLOUD}/Project%20X/_workitems/edit/7?view=1#top",
        "https://fabrikam.visualstudio.com/_workitems/edit/7",
        f"{SERVER}/_workitems/edit/7",
        "http://127.0.0.1:8080/fabrikam/_workitems/edit/7",
        "https://[2001:db8::1]/tfs/x",
        "https://dev.azure.com/fabrikam/" + "x" * (2_000 - 31),
    ],
)
def test_an_address_of_a_work_item_is_taken_as_it_is(url: str) -> None:
    assert check_address(url, "url") == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://dev.azure.com/fabrikam",
        "//dev.azure.com/fabrikam",
        "https://",
        "https:///fabrikam",
        "https://.",
        "dev.azure.com/fabrikam",
        "https://user@dev.azure.com/fabrikam",
        "https://user:secret@dev.azure.com/fabrikam",
        "https://dev.azure.com@evil.example/fabrikam",
        "https://dev.azure.com:0/fabrikam",
        "https://dev.azure.com:99999/fabrikam",
        "https://dev.azure.com:x/fabrikam",
        "https://[::1/fabrikam",
        "https://dev.azure.com/fabrikam /x",
        "https://dev.azure.com/fabrikam\n/x",
        "https://dev.azure.com/fabrikam/\u202e",
        "https://dev.azure.com/fabrikam/\u200b",
        "https://dev.azure.com/fabrikam/\ud83d",
        'https://dev.azure.com/fabrikam/"onload="x',
        "https://dev.azure.com/fabrikam/<script>",
        "https://dev.azure.com\\@evil.example/fabrikam",
        f"{CLOUD}/../evil/_workitems/edit/7",
        f"{CLOUD}/%2e%2e/evil/_workitems/edit/7",
        f"{CLOUD}/.%2E/evil/_workitems/edit/7",
        f"{CLOUD}/%252e%252e/evil",
        f"{CLOUD}/./x",
        f"{CLOUD}/..",
        f"{CLOUD}/%5c%5cevil",
        f"{CLOUD}/%00",
    ],
)
def test_any_other_is_refused(url: str) -> None:
    with pytest.raises(AddressRefusedError):
        check_address(url, "url")


def test_a_refusal_repeats_neither_what_may_be_a_password_nor_what_is_not_seen() -> None:
    with pytest.raises(AddressRefusedError) as caught:
        check_address("https://user:secret@dev.azure.com/\u202efabrikam", "url")
    assert "secret" not in caught.value.message
    assert "\u202e" not in caught.value.message
    assert "dev.azure.com/fabrikam" in caught.value.message


@pytest.mark.parametrize(
    "url",
    [
        CLOUD,
        f"{CLOUD}/",
        "https://fabrikam.visualstudio.com",
        "https://fabrikam.visualstudio.com/DefaultCollection",
        SERVER,
        "https://tfs.contoso.local/Collection",
        "http://127.0.0.1:8080/fabrikam",
    ],
)
def test_an_organization_has_an_address_of_a_known_shape(url: str) -> None:
    assert check_organization_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://dev.azure.com/fabrikam",
        "https://dev.azure.com",
        "https://dev.azure.com/",
        "https://dev.azure.com/fabrikam/project",
        "https://dev.azure.com:8443/fabrikam",
        "https://dev.azure.com./fabrikam/project",
        "https://dev.azure.com/fabri kam",
        "https://dev.azure.com/%66abrikam",
        f"{CLOUD}?x=1",
        f"{CLOUD}#x",
        "http://fabrikam.visualstudio.com",
        "https://a.b.visualstudio.com",
        "https://visualstudio.com/fabrikam",
        "https://fabrikam.visualstudio.com/other",
        "javascript:alert(1)",
        "https://user@tfs.contoso.local/Collection",
    ],
)
def test_an_organization_with_another_address_is_refused(url: str) -> None:
    with pytest.raises(AddressRefusedError):
        check_organization_url(url)


@pytest.mark.parametrize(
    ("url", "root"),
    [
        (f"{CLOUD}/_workitems/edit/7", CLOUD),
        (f"{CLOUD}/_workitems/edit/7", f"{CLOUD}/"),
        ("https://DEV.azure.com:443/Fabrikam/_workitems/edit/7", CLOUD),
        ("https://fabrikam.visualstudio.com/_workitems/edit/7", CLOUD),
        (f"{CLOUD}/_workitems/edit/7", "https://fabrikam.visualstudio.com/DefaultCollection"),
        (f"{SERVER}/_workitems/edit/7", SERVER),
        ("https://tfs.example/_workitems/edit/7", "https://tfs.example"),
    ],
)
def test_an_address_below_an_organization_is_known_as_such(url: str, root: str) -> None:
    assert is_below(url, root)


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("https://dev.azure.com/fabrikam2/_workitems/edit/7", CLOUD),
        ("https://dev.azure.com/other/_workitems/edit/7", CLOUD),
        ("http://dev.azure.com/fabrikam/_workitems/edit/7", CLOUD),
        ("https://dev.azure.com:8443/fabrikam/_workitems/edit/7", CLOUD),
        ("https://dev.azure.com.evil.example/fabrikam/_workitems/edit/7", CLOUD),
        (f"{CLOUD}/../other/_workitems/edit/7", CLOUD),
        (f"{CLOUD}%2f..%2fother/_workitems/edit/7", CLOUD),
        ("https://other.visualstudio.com/_workitems/edit/7", CLOUD),
        ("https://fabrikam.visualstudio.com.evil.example/x", "https://fabrikam.visualstudio.com"),
        ("http://tfs.contoso.local/tfs/Default%20Collection/x", SERVER),
        (f"{CLOUD}/x", ""),
        ("", CLOUD),
        ("javascript:alert(1)", CLOUD),
        (f"{CLOUD}/x", "no address"),
    ],
)
def test_any_other_lies_elsewhere(url: str, root: str) -> None:
    assert not is_below(url, root)
