"""Attacks by values: addresses that lead elsewhere, texts beyond every limit, names that hide what they say."""

from tests.integration.hostile.attack import Attack, saying
from tests.integration.hostile.bodies import alone, ask, changed, comment, failed, file, own, register, registers, terms
from tests.integration.hostile.peer import ORGANIZATION_URL

ADDRESSES = [
    Attack(f"a work item at {what}", saying("address_refused", "state", changed(url=url)))
    for what, url in (
        ("a script", "javascript:alert(document.domain)//dev.example/hostile"),
        ("a file", "file:///etc/passwd"),
        ("data", "data:text/html,<script>alert(1)</script>"),
        ("another organization", "https://dev.example/honest/_workitems/edit/1"),
        ("the address of metadata", "http://169.254.169.254/latest/meta-data/"),
        ("this machine", "http://127.0.0.1:8080/api/v1/connections"),
        ("an address with a user", "https://dev.example:x@evil.example/hostile/1"),
        ("an address with steps up", f"{ORGANIZATION_URL}/../honest/_workitems/edit/1"),
        ("an address with a line break", f"{ORGANIZATION_URL}/1\r\nX-Evil: 1"),
        ("an address that is turned around", f"{ORGANIZATION_URL}/\u202e1"),
    )
]
LONG = Attack(
    "an address of 3,000 characters",
    saying("text_too_long", "state", changed(url=ORGANIZATION_URL + "/" + "x" * 3000)),
)
VALUES = (
    Attack("a title of 5 MB", saying("text_too_long", "state", registers(summary="x" * 5_000_000))),
    Attack("a title of bidirectional overrides", saying("", "state", registers(summary="\u202e\u2066 abc\u2069"))),
    Attack(
        "a description over 1 MiB",
        saying("text_too_long", "state", registers(description={"text": "ü" * 600_000, "format": "html"})),
    ),
    Attack(
        "a script in a description",
        saying(
            "",
            "state",
            registers(
                summary="s",
                description={"text": "<script>alert(1)</script><img src=x onerror=alert(1)>", "format": "html"},
            ),
        ),
    ),
    Attack(
        "a script in Markdown",
        saying(
            "",
            "state",
            registers(
                summary="m",
                description={"text": "[x](javascript:alert(1)) <iframe src=//evil.example>", "format": "markdown"},
            ),
        ),
    ),
    Attack(
        "a description in a format that is none",
        saying("validation", "state", registers(description={"text": "x", "format": "rtf"})),
    ),
    Attack(
        "a comment in somebody else's name",
        saying(
            "",
            "state",
            lambda peer: peer.state(
                registers={
                    "summary": peer.register("c"),
                    "comment/h:1": peer.register(comment(peer, author="Node Robot")),
                }
            ),
        ),
    ),
    Attack(
        "a comment by an author of 500 characters",
        saying(
            "text_too_long",
            "state",
            lambda peer: peer.state(registers={"comment/h:1": peer.register(comment(peer, author="A" * 500))}),
        ),
    ),
    Attack(
        "a comment with the key of one of the victim's",
        saying(
            "",
            "state",
            lambda peer: peer.state(
                registers={
                    "summary": peer.register("k"),
                    f"comment/{own(peer, 1)}": peer.register(comment(peer, "took it")),
                }
            ),
        ),
    ),
    Attack(
        "a key of 600 characters",
        saying(
            "text_too_long",
            "state",
            lambda peer: peer.state(registers={"comment/" + "k" * 600: peer.register(comment(peer))}),
        ),
    ),
    Attack(
        "a key that is not seen",
        saying(
            "name_refused",
            "state",
            lambda peer: peer.state(registers={"comment/\u200b\u202e": peer.register(comment(peer))}),
        ),
    ),
    Attack("a register that nobody knows", saying("validation", "state", registers(password="x"))),
    Attack(
        "the presence of the honest partner's work item",
        saying(
            "",
            "state",
            lambda peer: peer.state(
                registers={
                    "summary": peer.register("p"),
                    f"presence/{peer.stage.honest.organization.id}": peer.register("removed"),
                }
            ),
        ),
    ),
    Attack("a version of 2^60", saying("validation", "state", register(version=(2**60, 0)))),
    Attack("a version of 2^40", saying("number_refused", "state", register(version=(2**40, 0)))),
    Attack("a version below zero", saying("validation", "state", register(version=(-1, 0)))),
    Attack("a version of true", saying("validation", "state", register(version=(True, False)))),
    Attack("a value of next year", saying("time_refused", "state", register(changed_at="2027-01-05T09:00:00Z"))),
    Attack("an origin with a colon", saying("name_refused", "state", register(changed_in="a:1"))),
    Attack(
        "a type that is an object of objects",
        saying("validation", "state", registers(type={"name": {"a": 1}, "category": ""})),
    ),
    Attack(
        "a type of another process",
        saying(
            "",
            "state",
            registers(summary="t", type={"name": "Epic'; DROP TABLE twins;--", "category": "Microsoft.EpicCategory"}),
        ),
    ),
    Attack(
        "a lineage of 65 names", saying("too_many_values", "state", changed(lineage=[f"o:{n}" for n in range(1, 66)]))
    ),
    Attack("a lineage with a name of 2^63", saying("name_refused", "state", changed(lineage=[f"o:{2**63}"]))),
    Attack("a lineage that is SQL", saying("name_refused", "state", changed(lineage=["o:1' OR '1'='1"]))),
    Attack("a work item with number 10^30", saying("number_refused", "state", changed(work_item_id=10**30))),
    Attack(
        "a failure with a code in capitals", saying("name_refused", "failed", lambda _: failed(error_code="<SCRIPT>"))
    ),
    Attack("a failure in 3,000 characters", saying("text_too_long", "failed", lambda _: failed(text="x" * 3_000))),
    Attack(
        "a failure that forges a log line",
        saying("", "failed", lambda _: failed(text="No.\n2026-01-01 [error] all is lost\x1b[31m")),
    ),
    Attack(
        "a failure of 1,001 messages",
        saying("too_many_values", "failed", lambda _: failed(message_ids=[f"m-{n}" for n in range(1001)])),
    ),
    Attack(
        "a proposal with a title of 300 characters",
        saying(
            "text_too_long", "connecting", lambda peer: peer.state(terms=terms(alone(peer)), proposal=ask("x" * 300))
        ),
    ),
    Attack(
        "a proposal in the name of an administrator",
        saying(
            "",
            "connecting",
            lambda peer: peer.state(terms=terms(alone(peer)), proposal=ask(asked_by="Victim administrator\u202e")),
        ),
    ),
    Attack(
        "a file with a path for a name",
        saying(
            "",
            "state",
            lambda peer: peer.state(
                registers={"summary": peer.register("f"), "attachment/h:1": peer.register(file("../../etc/passwd"))}
            ),
        ),
    ),
    Attack(
        "a file of 2^53 bytes",
        saying(
            "number_refused",
            "state",
            lambda peer: peer.state(registers={"attachment/h:1": peer.register(file(size=2**53))}),
        ),
    ),
    Attack(
        "a file of minus one byte",
        saying(
            "number_refused",
            "state",
            lambda peer: peer.state(registers={"attachment/h:1": peer.register(file(size=-1))}),
        ),
    ),
)
ATTACKS = (*ADDRESSES, LONG, *VALUES)
