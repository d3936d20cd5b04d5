"""Where an organization shows the extension's page."""

HUB_PATH = "_settings/idalko-tools.exalate.adnode"
"""The address of an organization's hub: its contribution in Organization settings, by publisher and extension."""
ERRORS_TAB = "errors"


def hub_page_url(organization_url: str, tab: str = "") -> str:
    """Return the address of the hub page, of one tab of it when that is named."""
    fragment = f"#{tab}" if tab else ""
    return f"{organization_url.rstrip('/')}/{HUB_PATH}{fragment}"
