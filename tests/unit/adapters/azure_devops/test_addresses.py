"""Which URLs are files of this very organization."""

import pytest

from adnode.adapters.azure_devops.addresses import OrganizationAddress

GUID = "a5cedde4-2dd5-4fcf-befe-fd0977dd3433"
FILE = f"_apis/wit/attachments/{GUID}"
CLOUD = OrganizationAddress("https://dev.azure.com/contoso")
SERVER = OrganizationAddress("https://tfs.example/tfs/DefaultCollection")
PLAIN_SERVER = OrganizationAddress("https://tfs.example:8443/Default Collection".replace(" ", "%20"))
LOCAL = OrganizationAddress("http://127.0.0.1:8701/services")


@pytest.mark.parametrize(
    ("address", "url"),
    [
        (CLOUD, f"https://dev.azure.com/contoso/{FILE}"),
        (CLOUD, f"https://dev.azure.com/contoso/{FILE}?fileName=a.png"),
        (CLOUD, f"https://dev.azure.com/Contoso/6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c/{FILE}?fileName=a%20b.png"),
        (CLOUD, f"https://dev.azure.com:443/contoso/My%20Project/{FILE}"),
        (CLOUD, f"https://contoso.visualstudio.com/{FILE}"),
        (CLOUD, f"https://contoso.visualstudio.com/Project/{FILE.upper().replace('_APIS', '_apis')}"),
        (CLOUD, f"https://contoso.visualstudio.com/DefaultCollection/Project/{FILE}"),
        (OrganizationAddress("https://contoso.visualstudio.com"), f"https://dev.azure.com/contoso/{FILE}"),
        (SERVER, f"https://tfs.example/tfs/DefaultCollection/{FILE}"),
        (SERVER, f"https://TFS.example/tfs/defaultcollection/Project/{FILE}?fileName=x"),
        (SERVER, f"https://tfs.example/DefaultCollection/Project/{FILE}"),
        (PLAIN_SERVER, f"https://tfs.example:8443/Default%20Collection/Project/{FILE}"),
        (PLAIN_SERVER, f"https://tfs.example:8443/tfs/Default%20Collection/Project/{FILE}"),
        (LOCAL, f"http://127.0.0.1:8701/services/x/{FILE}"),
    ],
)
def test_files_of_the_organization_are_recognized(address: OrganizationAddress, url: str) -> None:
    assert address.file_id(url) == GUID


@pytest.mark.parametrize(
    "url",
    [
        f"https://dev.azure.com/contoso-evil/{FILE}",
        f"https://dev.azure.com/other/{FILE}",
        f"https://dev.azure.com/{FILE}",
        f"https://dev.azure.com/other/../contoso/{FILE}",
        f"https://dev.azure.com/contoso/../other/{FILE}",
        f"https://dev.azure.com/contoso/%2e%2e/other/{FILE}",
        f"https://dev.azure.com/contoso%5c..%5cother/{FILE}",
        f"https://dev.azure.com.evil.example/contoso/{FILE}",
        f"https://evil.example/https://dev.azure.com/contoso/{FILE}",
        f"https://dev.azure.com@evil.example/contoso/{FILE}",
        f"https://user:x@dev.azure.com/contoso/{FILE}",
        f"http://dev.azure.com/contoso/{FILE}",
        f"https://dev.azure.com:444/contoso/{FILE}",
        f"https://dev.azure.com:x/contoso/{FILE}",
        f"https://contoso.visualstudio.com.evil.example/{FILE}",
        f"https://evil-contoso.visualstudio.com/{FILE}",
        "https://dev.azure.com/contoso/_apis/wit/attachments/not-a-guid",
        f"https://dev.azure.com/contoso/_apis/git/attachments/{GUID}",
        f"https://dev.azure.com/contoso/a/b/{FILE}",
        f"https://dev.azure.com/contoso/{FILE}/more",
        f"/contoso/{FILE}",
        "",
        "data:image/png;base64,AAAA",
        "http://[::1",
    ],
)
def test_nothing_else_is_taken_for_a_file_of_the_organization(url: str) -> None:
    assert CLOUD.file_id(url) is None


@pytest.mark.parametrize("address", [CLOUD, SERVER, PLAIN_SERVER, LOCAL])
def test_a_file_url_leads_back_to_its_file(address: OrganizationAddress) -> None:
    url = address.file_url(GUID, "a b&c/ü#.png")
    assert address.file_id(url) == GUID
    assert url.endswith("?fileName=a%20b%26c%2F%C3%BC%23.png")


@pytest.mark.parametrize(
    ("address", "name"),
    [(CLOUD, "contoso"), (SERVER, "DefaultCollection"), (PLAIN_SERVER, "Default Collection"), (LOCAL, "services")],
)
def test_the_name_is_read_from_the_url(address: OrganizationAddress, name: str) -> None:
    assert address.name == name


def test_people_find_a_work_item_under_its_page() -> None:
    assert CLOUD.work_item_url(7) == "https://dev.azure.com/contoso/_workitems/edit/7"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://dev.azure.com/contoso/_apis/projects", True),
        ("https://dev.azure.com/contoso", True),
        ("https://contoso.visualstudio.com/_apis", True),
        ("https://vssps.dev.azure.com/contoso/_apis", False),
        ("https://dev.azure.com/other/_apis", False),
        ("https://dev.azure.com/contoso/../other/_apis", False),
        ("https://dev.azure.com/contoso/%2E%2E/other/_apis", False),
    ],
)
def test_the_credential_belongs_to_one_organization(url: str, expected: bool) -> None:
    assert CLOUD.contains(url) is expected
