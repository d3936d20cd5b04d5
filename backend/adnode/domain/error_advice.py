"""What to do about an error, by its code: the next step in plain words, and the place where it is done."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from adnode.domain.error_record import ErrorRecord, Impact


class Place(StrEnum):
    """Where the next step is done."""

    CONNECTION = "connection"
    SETTINGS = "settings"
    WORK_ITEM = "work_item"
    TRIGGERS = "triggers"
    NOTIFICATIONS = "notifications"
    LICENSE = "license"
    PARTNER = "partner"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class Advice:
    """The next step. ``can_retry``: trying again is of use once the step is done; else the step itself ends it."""

    step: str
    place: Place = Place.NOWHERE
    can_retry: bool = True


_CREDENTIAL = Advice(
    "Replace the credential of this node's account in General Settings. Everything that waits goes on by itself then.",
    Place.SETTINGS,
)
_WAIT = Advice("Nothing yet: it is tried again by itself. If it stays, see whether Azure DevOps and the network work.")
_LINE = Advice(
    "It is tried again by itself. If it stays, ask the partner's administrator whether the node runs and can be "
    "reached.",
    Place.CONNECTION,
)
_CLOCK = Advice(
    "Let a time service (NTP) set the clock of this node's machine. Everything that waits goes on by itself then.",
    can_retry=False,
)
_RULE = Advice(
    "Open the process or the work item: give the field a value or a default, or change the rule. Then retry.",
    Place.WORK_ITEM,
)
_PROJECT = Advice(
    "If the project was renamed or deleted, choose another one in the connection (Edit); if it is there, make the "
    "account "
    "of this node a member of it. Then retry.",
    Place.CONNECTION,
)
_QUERY = Advice("Edit the trigger: narrow its condition down, or mend it. Then it goes on by itself.", Place.TRIGGERS)
_SENDER = Advice(
    "Nothing here: the partner's administrator sees it, too. What comes within the limits is taken by itself; the "
    "limits are in the documentation (limits).",
    Place.PARTNER,
    can_retry=False,
)
_FILE = Advice(
    "Make the file smaller or remove it on the side it comes from, then retry. The rest of the work item goes on.",
    Place.WORK_ITEM,
)

ADVICE: Mapping[str, Advice] = {
    "azure_devops_authentication": _CREDENTIAL,
    "secret_unreadable": Advice(
        "Give this node the secret keys (ADNODE_SECRET_KEYS) that it had when the secret was stored; or save the "
        "credential anew in General Settings.",
        Place.SETTINGS,
    ),
    "azure_devops_missing_right": Advice(
        "Give the account of this node the right that is named; General Settings shows which ones it has. Then retry.",
        Place.SETTINGS,
    ),
    "foreign_organization": _CREDENTIAL,
    "azure_devops_unavailable": _WAIT,
    "azure_devops_rate_limited": Advice(
        "Nothing: it goes on by itself as soon as Azure DevOps takes calls again. If it happens often, give this "
        "node an "
        "account of its own.",
        Place.SETTINGS,
    ),
    "revision_conflict": _WAIT,
    "database_unwritable": Advice(
        "Nothing for the work items: they go on by themselves. Look after the room and health of the disk or database "
        "server, then resolve this.",
        can_retry=False,
    ),
    "storage_unavailable": Advice("Look at the database of this node: it can't be reached, or it is full."),
    "project_not_found": _PROJECT,
    "work_item_type_not_found": Advice(
        "Enable the work item type in the process of the project, or choose a default type in the connection. Then "
        "retry.",
        Place.CONNECTION,
    ),
    "work_item_not_found": Advice(
        "See whether the work item is there and the account of this node may read it. If it was deleted for good, "
        "take it "
        "out of sync.",
        Place.WORK_ITEM,
    ),
    "rule_violation": _RULE,
    "azure_devops_refused": Advice(
        "Open the work item and see what Azure DevOps does not take; the technical details say what was asked. Then "
        "retry.",
        Place.WORK_ITEM,
    ),
    "attachment_too_large": _FILE,
    "content_unavailable": _FILE,
    "content_too_long": _FILE,
    "content_not_asked_for": Advice(
        "Nothing: the file is there already, or its work item is not in sync any more.", can_retry=False
    ),
    "unexpected_message": _SENDER,
    "content_mismatch": Advice(
        "It is fetched again by itself. If it stays, look at what stands between the two nodes."
    ),
    "field_loop": Advice(
        "Stop one of the two automations that answer each other, then retry: the field goes on with what stands there."
    ),
    "query_refused": _QUERY,
    "query_too_large": _QUERY,
    "query_too_slow": _QUERY,
    "condition_refused": _QUERY,
    "notification_failed": Advice(
        "Mend the mail server or the address of the webhook. What could not be told is told by itself then.",
        Place.NOTIFICATIONS,
        can_retry=False,
    ),
    "peer_unreachable": _LINE,
    "partner_braked": Advice(
        "Nothing: what waits is made by itself as the hour goes on. For a first synchronization of many work items, "
        "have the operator raise ADNODE_PARTNER_WORK_ITEMS_AN_HOUR.",
        can_retry=False,
    ),
    "peer_busy": Advice("Nothing: the partner's node is asked again by itself when it said to have room."),
    "clock_off": _CLOCK,
    "clock_wrong": _CLOCK,
    "partner_clock_off": Advice(
        "Ask the partner's administrator to let a time service (NTP) set the clock of that machine. It closes by "
        "itself then.",
        Place.PARTNER,
        can_retry=False,
    ),
    "peer_silent": Advice(
        "Ask the partner's administrator whether the node runs: it calls this one, and has not for a while. Everything "
        "that waits is handed out when it calls again.",
        Place.CONNECTION,
        can_retry=False,
    ),
    "connection_ended": Advice(
        "Delete the connection here. To go on, initiate a new connection or ask the partner's administrator for an "
        "invitation.",
        Place.CONNECTION,
        can_retry=False,
    ),
    "peer_refused": Advice(
        "Ask the partner's administrator: the other side says why. Often its half of the connection is stopped.",
        Place.CONNECTION,
    ),
    "peer": Advice("Ask the partner's administrator to look at their Errors.", Place.CONNECTION),
    "signature_invalid": Advice(
        "Compare the fingerprints of both sides in the connection, and the clocks of both nodes. If a node was set up "
        "anew, pair the connection with a new invitation.",
        Place.CONNECTION,
    ),
    "peer_requests_refused": Advice(
        "Compare the clocks of both nodes and the fingerprints in the connection with the other administrator. If the "
        "partner's node works, somebody else sends these; they are refused. It closes with the partner's first good "
        "request.",
        Place.CONNECTION,
        can_retry=False,
    ),
    "url_refused": Advice(
        "Have the operator of this node allow the network of the other node (ADNODE_ALLOWED_PEER_NETWORKS), or get its "
        "right address.",
        Place.CONNECTION,
    ),
    "plan_limit_reached": Advice(
        "Nothing has to be done: what waits starts by itself when the month ends. License Details lists it. Whoever "
        "runs this node can raise the limit with ADNODE_PLAN.",
        Place.LICENSE,
        can_retry=False,
    ),
    "peer_rewound": Advice(
        "Find out with the other administrator which node was restored from a backup, then activate the connection on "
        "both sides: everything is compared again.",
        Place.CONNECTION,
        can_retry=False,
    ),
    "work_items_vanished": Advice(
        "See whether the account of this node still has its rights. If the work items were deleted on purpose, "
        "activate "
        "the connection again.",
        Place.CONNECTION,
        can_retry=False,
    ),
    "work_item_claimed_twice": Advice("Take one of the two work items out of sync, then retry.", Place.WORK_ITEM),
    "invitation_used": Advice(
        "Make sure that the side that accepted is the one you invited. If it is, resolve this warning; if not, remove "
        "the connection.",
        Place.CONNECTION,
        can_retry=False,
    ),
    "foreign_twin": Advice("Take the work item out of sync and put it under sync again.", Place.WORK_ITEM),
    "text_too_long": Advice(
        "The partner's people shorten it; then it comes by itself. Everything else of the work item goes on.",
        Place.PARTNER,
        can_retry=False,
    ),
    "too_many_registers": Advice(
        "Go on in a new work item: this one has more comments and files than a pair takes. Its title, description and "
        "what is there go on.",
        Place.WORK_ITEM,
        can_retry=False,
    ),
    "too_many_values": _SENDER,
    "number_refused": _SENDER,
    "time_refused": Advice(
        "Ask the partner's administrator to set the clocks of their node and of their Azure DevOps; see to the clock "
        "of this node, too.",
        Place.PARTNER,
        can_retry=False,
    ),
    "name_refused": _SENDER,
    "address_refused": Advice(
        "If the partner's organization was renamed or moved, make an invitation anew for this connection: its address "
        "is agreed on again. Else ask the partner's administrator what their node sends.",
        Place.CONNECTION,
        can_retry=False,
    ),
    "nested_too_deep": _SENDER,
    "internal": Advice(
        "This is a fault in adnode. Report it with the technical details; retrying may help.", Place.WORK_ITEM
    ),
}
_BY_IMPACT: Mapping[Impact, Advice] = {
    Impact.WORK_ITEM: Advice("Mend what the message names, then retry.", Place.WORK_ITEM),
    Impact.CONNECTION: Advice("Mend what the message names, then retry.", Place.CONNECTION),
    Impact.TRIGGER: Advice("Open the trigger and mend what the message names.", Place.TRIGGERS),
    Impact.NODE: Advice("Look at General Settings, and at the log of this node.", Place.SETTINGS),
    Impact.WARNING: Advice("Read the message; resolve the warning once you have seen to it.", can_retry=False),
}
NEVER_RETRIED = frozenset(code for code, advice in ADVICE.items() if not advice.can_retry)
"""Codes of records that no retry ends."""


def advise(record: ErrorRecord) -> Advice:
    """Return what to do about a record."""
    advice = ADVICE.get(record.code, _BY_IMPACT[record.impact])
    if record.is_remote:
        return Advice(
            "It happened on the partner's side, where it stands under Errors, too. Their administrator mends it; then "
            "retry on either side.",
            Place.PARTNER,
        )
    return advice
