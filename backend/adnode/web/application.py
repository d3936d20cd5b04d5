"""The node's WSGI application."""

from collections.abc import Mapping

from flask import Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

from adnode.web.callers import caller_group
from adnode.web.correlation import register_correlation
from adnode.web.errors import register_errors
from adnode.web.health import create_health_blueprint
from adnode.web.hub import create_hub_blueprint
from adnode.web.hub.problems import answer_error
from adnode.web.node_services import NodeServices
from adnode.web.pages import create_pages_blueprint
from adnode.web.peer import create_peer_blueprint
from adnode.web.rate_limits import RateLimits, TooManyRequestsError
from adnode.web.unsubscription import create_unsubscription_blueprint

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
HTTPS_ONLY = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
"""For a node whose address is https (RFC 6797; a year and all subdomains, as OWASP ASVS 5.0, 3.4.1, asks for)."""


def security_headers(node_url: str) -> dict[str, str]:
    """Return the headers that every answer of the node at this address has."""
    return {**SECURITY_HEADERS, **(HTTPS_ONLY if node_url.startswith("https://") else {})}


def create_application(services: NodeServices) -> Flask:
    """Return the application with the peer API, health and metrics, and where they are wanted the hub API and pages."""
    application = Flask("adnode", static_folder=None)
    register_correlation(application)
    if services.serves_peers:
        # A private node is never called by its peers; what it shows, it shows to its own administrators.
        application.register_blueprint(create_peer_blueprint(services))
    application.register_blueprint(create_health_blueprint(services))
    hub = services.hub
    if hub is not None:
        application.register_blueprint(create_hub_blueprint(hub, services.refusals))
        if services.static_directory is not None:
            pages = create_pages_blueprint(services.static_directory, hub.services_url, hub.server_urls)
            application.register_blueprint(pages)
        if services.node_url:
            readers = create_unsubscription_blueprint(hub.console.notifications.subscribers, hub.rates)
            application.register_blueprint(readers)
    register_errors(application, services.refusals)
    application.register_error_handler(TooManyRequestsError, services.refusals.noting(answer_error))
    _limit_acceptances(application, hub.rates if hub is not None else RateLimits())
    _add_headers(application, security_headers(services.node_url))
    if services.trusted_proxies:
        application.wsgi_app = ProxyFix(application.wsgi_app, x_for=services.trusted_proxies)  # type: ignore[method-assign]
    return application


def _limit_acceptances(application: Flask, rates: RateLimits) -> None:
    """Count what strangers may send to the peer API: acceptances come from nodes that no connection knows yet."""

    @application.before_request
    def limit() -> None:
        if request.endpoint == "peer.accept":
            rates.count("peer_acceptance", caller_group(request.remote_addr or ""))


def _add_headers(application: Flask, headers: Mapping[str, str]) -> None:
    @application.after_request
    def add(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response
