"""The node's WSGI application."""

from flask import Flask, Response

from adnode.web.errors import register_errors
from adnode.web.health import create_health_blueprint
from adnode.web.node_services import NodeServices
from adnode.web.peer import create_peer_blueprint

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def create_application(services: NodeServices) -> Flask:
    """Return the application with the peer API, health and metrics."""
    application = Flask("adnode", static_folder=None)
    application.register_blueprint(create_peer_blueprint(services))
    application.register_blueprint(create_health_blueprint(services))
    register_errors(application)
    application.after_request(_add_security_headers)
    return application


def _add_security_headers(response: Response) -> Response:
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    return response
