"""The one exception tree. Codes are stable: pages, command line and tests rely on them; wording lives at the edge."""

from typing import ClassVar


class AdnodeError(Exception):
    """Anything adnode reports by a stable code.

    ``message`` names the thing, the reason and the next step. ``details`` holds plain values that pages may show;
    never a secret.
    """

    code: ClassVar[str] = "internal"

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class ConfigurationError(AdnodeError):
    """The operator's settings do not allow what was asked."""

    code = "configuration"


class ValidationError(AdnodeError):
    """Input of a person or a peer that can't be used as it is."""

    code = "validation"


class RefusedValueError(ValidationError):
    """A value of a peer that this node does not take; ``details['place']`` names it (domain/limits.py)."""

    code = "value_refused"


class TextTooLongError(RefusedValueError):
    """A text of a peer over the limit of its field."""

    code = "text_too_long"


class TooManyValuesError(RefusedValueError):
    """A list of a peer with more members than its field may have."""

    code = "too_many_values"


class TooManyRegistersError(RefusedValueError):
    """A work item of a peer with more comments and files than a pair may have over its life."""

    code = "too_many_registers"


class NumberRefusedError(RefusedValueError):
    """A number of a peer that nothing can have."""

    code = "number_refused"


class TimeRefusedError(RefusedValueError):
    """A time of a peer that can't be meant."""

    code = "time_refused"


class NameRefusedError(RefusedValueError):
    """An id, a key or a name of a peer with characters that hide what it says, or that none has."""

    code = "name_refused"


class AddressRefusedError(RefusedValueError):
    """A web address of a peer that leads elsewhere than to its organization, or that is none."""

    code = "address_refused"


class UnexpectedMessageError(RefusedValueError):
    """A message of a peer that means nothing on this side of the connection."""

    code = "unexpected_message"


class TooDeepError(RefusedValueError):
    """A document of a peer that is nested without end."""

    code = "nested_too_deep"


class NotFoundError(AdnodeError):
    """A thing that was named does not exist here."""

    code = "not_found"


class UnknownPeerError(NotFoundError):
    """A node that speaks for a connection which is not here."""


class StateError(AdnodeError):
    """The thing exists, but its state does not allow the step."""

    code = "state"


class ConnectionStoppedError(StateError):
    """A connection is deactivated or blocked: what needs an active one goes on once a person activates it."""

    code = "connection_stopped"


class PeerRewoundError(StateError):
    """A queue between two nodes went backwards: one of them was restored from a backup."""

    code = "peer_rewound"


class QueuesDisagreeError(StateError):
    """What the peer told of the queues is older than what is known here: overtaken on its way, or the peer went back.
    ``details`` say what is known here, so that the peer can tell.
    """

    code = "queues_disagree"


class LeaseLostError(AdnodeError):
    """Somebody else holds the work now; what was done under the old fence must not be recorded."""

    code = "lease_lost"


class StorageUnavailableError(AdnodeError):
    """The database can't be reached, or did not give way in time; trying again later is right."""

    code = "storage_unavailable"


class SecretUnreadableError(AdnodeError):
    """A sealed secret can't be opened: wrong key list, or bytes moved to another row."""

    code = "secret_unreadable"


class ConditionRefusedError(ValidationError):
    """A trigger's condition that is no WHERE part of WIQL; ``details['position']`` is the character, from 1."""

    code = "condition_refused"


class UrlRefusedError(ValidationError):
    """A URL that a person typed leads to a place this node must not call (see the SSRF rules)."""

    code = "url_refused"


class GatewayError(AdnodeError):
    """Azure DevOps did not do what was asked.

    ``status`` is the HTTP status or None when no answer came. ``is_transient`` says that trying again later is right.
    ``effect_unknown`` says that a write may have happened all the same: look before retrying.
    """

    code = "azure_devops"
    is_transient: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        retry_after_seconds: float | None = None,
        effect_unknown: bool = False,
        **details: object,
    ) -> None:
        super().__init__(message, **details)
        self.status = status
        self.retry_after_seconds = retry_after_seconds
        self.effect_unknown = effect_unknown


class GatewayUnavailableError(GatewayError):
    """No answer, a dropped connection, a timeout, 408 or 5xx."""

    code = "azure_devops_unavailable"
    is_transient = True


class RateLimitedError(GatewayError):
    """429: the identity used up its budget (TF400733)."""

    code = "azure_devops_rate_limited"
    is_transient = True


class AuthenticationFailedError(GatewayError):
    """401, or an HTML sign-in page: the credential is wrong, expired or revoked."""

    code = "azure_devops_authentication"


class MissingRightError(GatewayError):
    """403, or 401 for a missing scope: the identity lacks a right, which ``details['right']`` names."""

    code = "azure_devops_missing_right"


class WorkItemNotFoundError(GatewayError):
    """404 TF401232: the work item does not exist, or the identity may not read it."""

    code = "work_item_not_found"


class ProjectNotFoundError(GatewayError):
    """The project is gone, renamed, or not visible to the identity."""

    code = "project_not_found"


class WorkItemTypeNotFoundError(GatewayError):
    """The project has no such enabled work item type."""

    code = "work_item_type_not_found"


class RevisionConflictError(GatewayError):
    """412: somebody changed the work item since the revision that the write was made against."""

    code = "revision_conflict"


class RuleViolationError(GatewayError):
    """400 TF401320: a rule of the process refused the write; ``fields`` names the field reference names."""

    code = "rule_violation"

    def __init__(self, message: str, *, fields: tuple[str, ...] = (), status: int | None = 400) -> None:
        super().__init__(message, status=status, fields=list(fields))
        self.fields = fields


class InvalidWriteError(GatewayError):
    """400 for another reason than a rule: the request itself can't be accepted."""

    code = "azure_devops_refused"


class AttachmentTooLargeError(GatewayError):
    """The file is over the destination's limit (60 MB on Services)."""

    code = "attachment_too_large"


class QueryRefusedError(GatewayError):
    """WIQL that is wrong, too slow or matches too much (VS402337, VS402335)."""

    code = "query_refused"


class QueryTooLargeError(QueryRefusedError):
    """WIQL that matches more work items than Azure DevOps gives (VS402337: 20,000)."""

    code = "query_too_large"


class QueryTooSlowError(QueryRefusedError):
    """WIQL that Azure DevOps gave up (VS402335: 30 seconds) or did not answer in time."""

    code = "query_too_slow"
    is_transient = True


class ForeignOrganizationError(AdnodeError):
    """The credential or URL belongs to another organization than the one registered."""

    code = "foreign_organization"


class InvitationError(AdnodeError):
    """An invitation can't be used."""

    code = "invitation"


class InvitationTornError(InvitationError):
    """The code was cut, changed or is no invitation code at all."""

    code = "invitation_torn"


class InvitationUnknownError(InvitationError):
    """The initiating node does not know this invitation: it was made elsewhere, or the database was replaced."""

    code = "invitation_unknown"


class InvitationExpiredError(InvitationError):
    """The time the invitation was open for has passed."""

    code = "invitation_expired"


class InvitationUsedError(InvitationError):
    """Somebody accepted this invitation with another key."""

    code = "invitation_used"


class InvitationRevokedError(InvitationError):
    """The initiator took the invitation back."""

    code = "invitation_revoked"


class PeerError(AdnodeError):
    """The other node did not do what was asked."""

    code = "peer"
    is_transient: ClassVar[bool] = False


class PeerUnreachableError(PeerError):
    """No usable answer from the peer: network, TLS, timeout, 5xx or 429. Retried by itself."""

    code = "peer_unreachable"
    is_transient = True


class PeerBusyError(PeerError):
    """The peer is there and has no room just now; it says when to come again. Never a reason for an error record."""

    code = "peer_busy"
    is_transient = True

    def __init__(self, message: str, *, retry_after_seconds: float) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class PartnerBrakedError(PeerBusyError):
    """The partner has so many work items made here that the next ones wait for a while."""

    code = "partner_braked"


class PeerSilentError(PeerError):
    """The peer calls and is not called, and has not called for a while."""

    code = "peer_silent"
    is_transient = True


class PeerRefusedError(PeerError):
    """The peer answered with a refusal; ``details['peer_code']`` is its code."""

    code = "peer_refused"


class ConnectionEndedError(PeerError):
    """The partner has ended a connection; nothing goes over it any more."""

    code = "connection_ended"


class SignatureError(PeerError):
    """A message whose signature, time, nonce or covered parts do not hold (RFC 9421)."""

    code = "signature_invalid"


class ReplayError(SignatureError):
    """A message that came before."""


class PeerRequestsRefusedError(PeerError):
    """Requests in the partner's name are refused again and again: wrong keys, a wrong clock, or somebody else."""

    code = "peer_requests_refused"


class ContentMismatchError(PeerError):
    """Bytes arrived that do not have the digest that was announced."""

    code = "content_mismatch"
    is_transient = True


class ContentUnavailableError(PeerError):
    """The peer can't give the content of a file: removed, too large, or unreadable for it."""

    code = "content_unavailable"


class ContentNotAskedForError(PeerError):
    """The peer sends a file that nobody here asked it for, or sends it once more."""

    code = "content_not_asked_for"


class ContentTooLongError(PeerError):
    """The peer sends more bytes of a file than it announced, or than any file may have."""

    code = "content_too_long"


class SessionRefusedError(AdnodeError):
    """Tokens of a page that prove nobody, or somebody else than they claim."""

    code = "session_refused"


class SessionExpiredError(AdnodeError):
    """The page's session is over; the page asks for a new one with fresh tokens."""

    code = "session_expired"


class SessionEndedError(AdnodeError):
    """Somebody ended the page's session; the person at the page decides whether to sign in again."""

    code = "session_ended"


class CollectionRefusedError(ValidationError):
    """The organization or collection that a page names is none that this node may call."""

    code = "collection_refused"


class AdministratorRequiredError(AdnodeError):
    """The person lacks the right; ``details['right']`` names it and ``details['grantor']`` who can give it."""

    code = "administrator_required"


class OrganizationNotAllowedError(AdnodeError):
    """The operator lets other organizations use this node, not this one."""

    code = "organization_not_allowed"


class PreconditionFailedError(AdnodeError):
    """Somebody changed the thing since it was read."""

    code = "precondition_failed"


class OwnOrganizationError(ValidationError):
    """An address or code that leads back to this very organization or node."""

    code = "own_organization"


class StillWaitingError(StateError):
    """Changes wait that the step would drop; it may be repeated later, or made to drop them."""

    code = "still_waiting"


class RepetitionError(ValidationError):
    """A repetition key came again with another request."""

    code = "repetition_mismatch"


class NotificationFailedError(AdnodeError):
    """Somebody could not be told of errors. ``step`` is what did not work (ports.notifier.Step). ``is_lasting``: the
    same again would fail the same. ``is_of_receiver``: only this receiver is concerned, not everybody on the same way.
    """

    code = "notification_failed"

    def __init__(self, message: str, step: str, *, is_lasting: bool = False, is_of_receiver: bool = False) -> None:
        super().__init__(message, step=step)
        self.step = step
        self.is_lasting = is_lasting
        self.is_of_receiver = is_of_receiver


class WrongRowsError(ValidationError):
    """A file of pairs with rows that can't be connected; nothing was started."""

    code = "wrong_rows"


class OrphaningError(StateError):
    """A clean-up whose other side can't be told: it would go on with pairs that are not there any more."""

    code = "clean_up_orphans"


class PairFileError(ValidationError):
    """A file that is none of pairs of work items: its encoding, its header or its size."""

    code = "pair_file"
