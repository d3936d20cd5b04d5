"""What operators ask: does it run, can it work, how is it doing."""

import hmac
from ipaddress import ip_address

from flask import Blueprint, Response, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from adnode.domain.errors import NotFoundError
from adnode.web.metrics import NodeCollector
from adnode.web.node_services import NodeServices
from adnode.web.refusals import RefusalCollector, RefusalKind


def create_health_blueprint(services: NodeServices) -> Blueprint:
    """Return /healthz, /readyz and /metrics."""
    blueprint = Blueprint("health", __name__)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(NodeCollector(services.new_unit_of_work))
    registry.register(RefusalCollector(services.refusals))

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return Response("ok\n", content_type="text/plain; charset=utf-8")

    @blueprint.get("/readyz")
    def readyz() -> Response:
        checks = services.readiness()
        response = jsonify({"checks": dict(checks)})
        response.status_code = 200 if all(checks.values()) else 503
        return response

    @blueprint.get("/metrics")
    def metrics() -> Response:
        if not _may_read(services.metrics_token):
            services.refusals.note_request(RefusalKind.METRICS, NotFoundError.code)
            raise NotFoundError("There is nothing at this address.")
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return blueprint


def _may_read(token: str) -> bool:
    if token:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    # Behind a proxy everybody comes from this machine; then only the token helps.
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
