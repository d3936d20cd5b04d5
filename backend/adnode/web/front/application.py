"""The ASGI application: it decides who waits, where, and for how long, and hands whole requests to Flask."""

import io
import re
from collections.abc import Callable

import structlog
from flask import Request

from adnode.domain.errors import AdnodeError
from adnode.domain.pair_file import FILE_LIMIT_BYTES
from adnode.ports.message_security import RequestHead
from adnode.web.application import create_application, security_headers
from adnode.web.errors import BusyError
from adnode.web.front.bodies import TooSlowError
from adnode.web.front.bridge import make_environ
from adnode.web.front.call import Call, GoneError, Plain, Receive, Scope, Send, make_problem
from adnode.web.front.crowd import Crowd
from adnode.web.front.limits import FrontLimits
from adnode.web.front.passage import Passage
from adnode.web.front.polls import PollPools, Polls, Subscribe
from adnode.web.front.pool import Pool
from adnode.web.front.strangers import Strangers
from adnode.web.handover import Handover
from adnode.web.node_services import NodeServices
from adnode.web.peer import ACCEPTANCE_LIMIT_BYTES, MESSAGES_LIMIT_BYTES
from adnode.web.request_heads import request_head

OTHER_LIMIT_BYTES = 64 * 1024
BUSY_SECONDS = 2

_CONNECTION = re.compile(r"/peer/v1/connections/([^/]+)/(messages|attachments)(?:/|$)")
_ACCEPTANCE = re.compile(r"/peer/v1/invitations/[^/]+/acceptance")

log = structlog.get_logger(__name__)


def create_front(services: NodeServices, subscribe: Subscribe, limits: FrontLimits | None = None) -> "Front":
    """Return the node's ASGI application."""
    return Front(services, subscribe, limits or FrontLimits())


class Front:
    """ASGI 3. Used in one event loop, in which ``begin`` is called first."""

    def __init__(self, services: NodeServices, subscribe: Subscribe, limits: FrontLimits) -> None:
        self._services = services
        self._limits = limits
        self._headers = security_headers(services.node_url)
        self._strangers = Strangers(limits.refusals)
        # By address, too, as long as nobody has proven who he is: a stranger takes no places of a partner.
        self._crowd = Crowd()
        self._proven = Crowd()
        # Threads by what they are for, so that none of it keeps the others waiting.
        self._for_peers = Pool("peers", limits.threads_for_peers, limits.waiting, limits.wait_seconds)
        self._for_polls = Pool("polls", limits.threads_for_polls, limits.waiting, limits.wait_seconds)
        self._for_content = Pool("content", limits.threads_for_content, limits.waiting, limits.wait_seconds)
        self._for_pages = Pool("pages", limits.threads_for_pages, limits.waiting, limits.wait_seconds)
        self._passage = Passage(create_application(services), limits)
        pools = PollPools(coming=self._for_polls, woken=self._for_peers)
        self._polls = Polls(services.exchange, self._passage, pools, subscribe, limits)

    @property
    def parked_polls(self) -> int:
        """Return how many long polls wait now."""
        return self._polls.parked_count

    def begin(self) -> None:
        """Begin to look after polls."""
        self._polls.begin()

    def end(self) -> None:
        """Have all parked polls answered; those that come do not wait."""
        self._polls.end()

    def close(self) -> None:
        """Let go of the threads."""
        for pool in (self._for_peers, self._for_polls, self._for_content, self._for_pages):
            pool.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        call = Call(scope, receive, send, self._services.trusted_proxies)
        try:
            await self._serve(call)
        except GoneError:
            return
        except BusyError as error:
            # An answer that had begun is cut.
            if not call.status:
                await call.answer(self._problem(503, error.code, error.message, BUSY_SECONDS))
        except TooSlowError:
            text = "The body came too slowly. Send it again, at 1 kB a second or more."
            await call.answer(self._problem(408, "too_slow", text))
            self._strangers.count(call.group)
        except AdnodeError as error:
            log.warning("answer_broke", path=call.path, code=error.code, reason=error.message)
        except Exception:
            log.error("answer_broke", path=call.path, exc_info=True)
            raise

    async def _serve(self, call: Call) -> None:
        if call.path == "/healthz":
            await call.answer(Plain(200, {**self._headers, "content-type": "text/plain; charset=utf-8"}, b"ok\n"))
            return
        found = _CONNECTION.match(call.path) if self._services.serves_peers else None
        credential = found.group(1) if found else call.headers.get("authorization", "")
        if seconds := self._strangers.wait_seconds(call.group, credential):
            text = f"Requests from your address were refused too often. Try again in {seconds} seconds."
            await call.answer(self._problem(429, "rate_limited", text, seconds))
            return
        handover = Handover()
        if found:
            await self._serve_peer(call, handover, *found.groups())
        else:
            await self._serve_page(call, handover)
        if handover.is_proven:
            self._strangers.remember(call.group, credential)
        elif 400 <= call.status < 500:
            self._strangers.count(call.group)

    async def _serve_peer(self, call: Call, handover: Handover, connection_id: str, what: str) -> None:
        """Messages, polls and files of a partner: nothing is read for anybody whose signature does not hold."""
        is_content = what == "attachments"
        if call.method == "GET" and not is_content:
            await self._polls.hold(call, handover, connection_id)
            return
        pool = self._for_content if is_content else self._for_peers
        limit = self._limits.content_crowd if is_content else self._limits.crowd
        with self._crowd.place((call.group, connection_id, what), limit):
            if call.method == "GET":
                await self._passage.pass_head(call, handover, pool)
                return
            await self._admit(call, handover, connection_id, is_stream=is_content)
            if handover.refusal is not None:
                await self._passage.pass_head(call, handover, self._for_peers)
                return
            with self._proven.place((connection_id, what), limit):
                if is_content:
                    await self._passage.pass_stream(call, handover, pool)
                else:
                    await self._passage.pass_whole(call, handover, pool, MESSAGES_LIMIT_BYTES)

    async def _serve_page(self, call: Call, handover: Handover) -> None:
        """Hub API, pages, acceptances, health: the body is read, then all of it is handed over."""
        if _ACCEPTANCE.fullmatch(call.path) and self._services.serves_peers:
            await self._check_head(call, handover, self._services.access.inspect_acceptance)
            if handover.refusal is not None:
                await self._passage.pass_head(call, handover, self._for_peers)
            else:
                await self._passage.pass_whole(call, handover, self._for_peers, ACCEPTANCE_LIMIT_BYTES)
            return
        limit_bytes = FILE_LIMIT_BYTES if call.path.startswith("/api/") else OTHER_LIMIT_BYTES
        await self._passage.pass_whole(call, handover, self._for_pages, limit_bytes)

    async def _admit(self, call: Call, handover: Handover, connection_id: str, *, is_stream: bool) -> None:
        def admit(head: RequestHead) -> None:
            handover.peer = self._services.access.admit_head(connection_id, head, is_stream=is_stream)

        await self._check_head(call, handover, admit)

    async def _check_head(self, call: Call, handover: Handover, check: Callable[[RequestHead], None]) -> None:
        """Note why a head does not hold; Flask answers then without its body."""
        environ = make_environ(call, io.BytesIO(), call.length, handover)
        head = request_head(Request(environ), self._services.node_url)

        def run() -> None:
            try:
                check(head)
            except AdnodeError as error:
                handover.refusal = error

        await self._for_peers.run(run)

    def _problem(self, status: int, code: str, detail: str, retry_seconds: int = 0) -> Plain:
        return make_problem(status, code, detail, self._headers, retry_seconds)
