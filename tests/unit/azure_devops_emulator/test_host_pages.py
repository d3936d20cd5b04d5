"""What a browser gets from the emulator, asked for over HTTP."""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from azure_devops_emulator.host import Extension
from azure_devops_emulator.server import EmulatorServer

HUB = "idalko-tools.exalate.adnode"
PAGES = "http://127.0.0.1:9/static"
PAT = "token-of-the-tests"
TOKEN_PATH = "/_apis/WebPlatformAuth/SessionToken?api-version=7.1-preview.1"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def data(self) -> dict[str, Any]:
        """What the page's scripts know from the start."""
        found = re.search(r'id="page-data">(.*?)</script>', self.text)
        assert found
        return dict(json.loads(found.group(1)))


@dataclass
class Browser:
    """Keeps cookies, follows nothing."""

    url: str
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, headers)

    def post_form(self, path: str, **values: str) -> Answer:
        return self.send("POST", path, {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(values))

    def sign_in(self, base: str, role: str, reply_to: str = "") -> Answer:
        return self.post_form(f"{base}/_signin", role=role, reply_to=reply_to)

    def mint(self, base: str, body: dict[str, Any], origin: str | None = None) -> Answer:
        headers = {"Content-Type": "application/json", "Origin": self.url if origin is None else origin}
        return self.send("POST", base + TOKEN_PATH, {k: v for k, v in headers.items() if v}, json.dumps(body))

    def send(self, method: str, path: str, headers: dict[str, str], body: str | None = None) -> Answer:
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=10)
        cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        connection.request(method, path, body, {**(cookie if self.cookies else {}), **headers})
        response = connection.getresponse()
        self._take(response)
        answer = Answer(response.status, dict(response.getheaders()), response.read().decode())
        connection.close()
        return answer

    def _take(self, response: HTTPResponse) -> None:
        for text in response.headers.get_all("Set-Cookie", []):
            name, _, value = text.partition(";")[0].partition("=")
            self.cookies[name] = value


@pytest.fixture(scope="module")
def emulator() -> Iterator[EmulatorServer]:
    with EmulatorServer(
        organizations=[("fabrikam", "Agile", "Web <Site>"), ("bare", "Basic")],
        server_collections=[("Contoso", "Scrum", "Inside")],
        pats=[PAT],
        extension=Extension({"fabrikam": PAGES, "contoso": f"{PAGES}/"}),
    ) as server:
        yield server


@pytest.fixture
def agent(emulator: EmulatorServer) -> Browser:
    return Browser(emulator.url)


def claims_of(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


def bearer(agent: Browser, token: str, path: str) -> int:
    return agent.get(path, Authorization=f"Bearer {token}").status


def test_who_is_not_signed_in_is_asked_who_to_be_and_comes_back(agent: Browser) -> None:
    wanted = f"/fabrikam/_settings/{HUB}?a=b"
    sent = agent.get(wanted)
    assert sent.status == 302
    choice = agent.get(sent.headers["Location"])
    assert [text in choice.text for text in ("Ada Admin", "Cleo Contributor", "Remy Reader")] == [True] * 3
    assert f'name="reply_to" value="{wanted}"' in choice.text
    back = agent.sign_in("/fabrikam", "administrator", wanted)
    assert (back.status, back.headers["Location"]) == (302, wanted)
    assert agent.get(wanted).status == 200


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example/", "https://evil.example/", "/other/", "/fabrikam/\r\nX: y", "/fabrikam/\\x"]
)
def test_signing_in_leads_nowhere_but_to_the_organization(agent: Browser, elsewhere: str) -> None:
    assert agent.sign_in("/fabrikam", "reader", elsewhere).headers["Location"] == "/fabrikam/"


def test_the_cookie_can_not_be_read_by_scripts(agent: Browser) -> None:
    cookie = agent.sign_in("/fabrikam", "administrator").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_nobody_can_be_chosen_but_the_three(agent: Browser) -> None:
    assert agent.sign_in("/fabrikam", "outsider").status == 400
    assert agent.cookies == {}


def test_signing_in_to_one_organization_opens_no_other(agent: Browser) -> None:
    agent.sign_in("/fabrikam", "administrator")
    assert agent.get("/fabrikam/").status == 200
    assert agent.get("/Contoso/").status == 302


def test_signing_out_ends_the_cookie_and_its_access_token(agent: Browser) -> None:
    agent.sign_in("/fabrikam", "administrator")
    kept = dict(agent.cookies)
    assert agent.send("POST", "/fabrikam/_signout", {}).headers["Location"] == "/fabrikam/_signin"
    agent.cookies = kept
    assert agent.get("/fabrikam/").status == 302
    assert agent.get("/fabrikam/_apis/projects").status == 203


@pytest.mark.parametrize("base", ["/Contoso", "/tfs/Contoso"])
def test_the_hub_page_says_what_to_frame_and_for_whom(agent: Browser, base: str) -> None:
    agent.sign_in(base, "administrator")
    page = agent.get(f"{base}/_settings/{HUB.upper()}")
    data = page.data
    assert data["extension"]["pages"][HUB] == f"{PAGES}/hub.html"
    assert data["organization"]["url"] == f"{agent.url}{base}"
    assert data["organization"]["isHosted"] is False
    assert data["user"]["displayName"] == "Ada Admin"
    assert "frame-src http://127.0.0.1:9;" in page.headers["Content-Security-Policy"]


def test_an_organization_without_pages_frames_nothing(agent: Browser) -> None:
    agent.sign_in("/bare", "administrator")
    assert agent.get(f"/bare/_settings/{HUB}").status == 404
    overview = agent.get("/bare/_settings/organizationOverview")
    assert "Exalate" not in overview.text
    assert "frame-src 'none'" in overview.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["organizationOverview", "projects", "users"])
def test_names_in_settings_are_escaped(agent: Browser, name: str) -> None:
    agent.sign_in("/fabrikam", "reader")
    text = agent.get(f"/fabrikam/_settings/{name}").text
    assert "<Site>" not in text


def test_names_can_not_end_the_data_of_a_page(agent: Browser) -> None:
    agent.sign_in("/fabrikam", "administrator")
    page = agent.get("/fabrikam/Web%20%3CSite%3E/_workitems")
    assert page.data["project"]["name"] == "Web <Site>"
    assert "<Site>" not in page.text


@pytest.mark.parametrize(
    ("path", "item"),
    [
        ("/Contoso/_workitems/edit/7", {"id": 7}),
        ("/Contoso/Inside/_workitems/edit/7", {"id": 7}),
        ("/tfs/Contoso/inside/_workitems/edit/7", {"id": 7}),
        ("/Contoso/Inside/_workitems/create/bug", {"id": 0, "type": "Bug"}),
    ],
)
def test_a_work_item_has_its_addresses(agent: Browser, path: str, item: dict[str, Any]) -> None:
    agent.sign_in("/Contoso", "contributor")
    assert agent.get(path).data["item"] == item


@pytest.mark.parametrize(
    "path",
    [
        "/Contoso/Nowhere",
        "/Contoso/Nowhere/_workitems",
        "/Contoso/Inside/_workitems/create/Nothing",
        "/Contoso/_settings/x",
    ],
)
def test_what_is_not_there_is_not_found(agent: Browser, path: str) -> None:
    agent.sign_in("/Contoso", "administrator")
    answer = agent.get(path)
    assert (answer.status, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_what_is_no_page_is_left_to_the_rest_api(agent: Browser) -> None:
    assert agent.get("/Contoso/_apis/projects").status == 203
    assert agent.get("/Contoso/Inside/_apis/nothing").status == 501
    assert agent.get("/Nowhere/_settings").status == 404


def test_only_writers_get_the_menu_of_new_work_items(agent: Browser) -> None:
    agent.sign_in("/Contoso", "contributor")
    assert "New work item" in agent.get("/Contoso/Inside/_workitems").text
    agent.sign_in("/Contoso", "reader")
    page = agent.get("/Contoso/Inside/_workitems")
    assert "New work item" not in page.text
    assert page.data["projects"][0]["mayWrite"] is False


@pytest.mark.parametrize(("chosen", "shown"), [("dark", "dark"), ("high-contrast", "high-contrast"), ('"><x', "light")])
def test_the_chosen_theme_is_drawn_at_once(agent: Browser, chosen: str, shown: str) -> None:
    agent.cookies["emulator_theme"] = chosen
    assert f'data-theme="{shown}"' in agent.get("/fabrikam/_signin").text


def test_every_theme_has_the_same_variables(agent: Browser) -> None:
    sheet = agent.get("/_host/themes.css").text
    blocks = re.findall(r'\[data-theme="([a-z-]+)"\] \{([^}]*)\}', sheet)
    names = {theme: set(re.findall(r"--([a-z0-9-]+):", block)) for theme, block in blocks}
    assert set(names) == {"light", "dark", "high-contrast"}
    assert names["light"] == names["dark"] == names["high-contrast"]
    assert {"background-color", "text-primary-color", "palette-neutral-8", "palette-black-alpha-10"} <= names["light"]


@pytest.mark.parametrize("name", ["base.css", "page.js", "channel.js"])
def test_assets_are_served_and_nothing_beside_them(agent: Browser, name: str) -> None:
    assert agent.get(f"/_host/{name}").status == 200
    assert agent.get("/_host/..%2Fpages.py").status == 404


def test_the_page_gets_an_app_token_of_its_person(agent: Browser, emulator: EmulatorServer) -> None:
    agent.sign_in("/fabrikam", "reader")
    body = {"publisherName": "idalko-tools", "extensionName": "exalate", "tokenType": 1}
    claims = claims_of(json.loads(agent.mint("/fabrikam", body).text)["token"])
    organization = emulator.landscape.organization("fabrikam")
    identity = organization.find_identity("Remy Reader")
    assert identity
    assert claims["nameid"] == identity.id
    assert "scp" not in claims


def test_an_access_token_reaches_what_the_extension_may(agent: Browser) -> None:
    agent.sign_in("/fabrikam", "administrator")
    body = {"publisherName": "idalko-tools", "extensionName": "exalate", "tokenType": 0}
    token = json.loads(agent.mint("/fabrikam", body).text)["token"]
    assert claims_of(token)["scp"] == "vso.project vso.work"
    assert bearer(agent, token, "/fabrikam/_apis/projects") == 200
    refused = agent.send(
        "POST", "/fabrikam/_apis/wit/attachments?fileName=x&api-version=7.1", {"Authorization": f"Bearer {token}"}, "x"
    )
    assert refused.status == 401


def test_another_site_gets_no_token_with_the_cookie(agent: Browser) -> None:
    agent.sign_in("/fabrikam", "administrator")
    for origin in ("https://evil.example", "null", ""):
        assert agent.mint("/fabrikam", {"tokenType": 0}, origin).status == 203


def test_the_cookie_reads_but_never_writes(agent: Browser) -> None:
    agent.sign_in("/fabrikam", "administrator")
    assert agent.get("/fabrikam/_apis/projects").status == 200
    path = "/fabrikam/_apis/wit/attachments?fileName=x&api-version=7.1"
    assert agent.send("POST", path, {"Origin": agent.url}, "x").status == 203


def test_an_unknown_extension_gets_no_token(agent: Browser) -> None:
    agent.sign_in("/fabrikam", "administrator")
    for body in ({"publisherName": "other", "extensionName": "thing", "tokenType": 1}, {"tokenType": 1}):
        answer = agent.mint("/fabrikam", body)
        assert (answer.status, json.loads(answer.text)["typeKey"]) == (404, "ExtensionDoesNotExistException")


def test_an_app_token_can_be_had_with_a_personal_access_token(agent: Browser) -> None:
    body = json.dumps({"publisherName": "idalko-tools", "extensionName": "exalate", "tokenType": 1})
    basic = base64.b64encode(f":{PAT}".encode()).decode()
    answer = agent.send("POST", f"/fabrikam{TOKEN_PATH}", {"Authorization": f"Basic {basic}"}, body)
    assert claims_of(json.loads(answer.text)["token"])["iss"] == "app.vstoken.visualstudio.com"


def test_a_reset_signs_everybody_out(agent: Browser) -> None:
    with EmulatorServer(organizations=[("fabrikam", "Agile")]) as server:
        agent = Browser(server.url)
        agent.sign_in("/fabrikam", "administrator")
        server.landscape.reset()
        assert agent.get("/fabrikam/").status == 302


def test_the_front_page_leads_to_every_organization(agent: Browser) -> None:
    text = agent.get("/").text
    assert all(f'href="/{name}/"' in text for name in ("fabrikam", "bare", "Contoso"))
