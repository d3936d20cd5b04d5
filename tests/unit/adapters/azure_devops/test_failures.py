"""Every error of Azure DevOps that is known, in adnode's words."""

import json

import pytest
import requests

from adnode.adapters.azure_devops.connection_failures import translate_connection_failure
from adnode.adapters.azure_devops.failures import Operation, is_sign_in, read_problem, translate
from adnode.domain.errors import (
    AttachmentTooLargeError,
    AuthenticationFailedError,
    GatewayError,
    GatewayUnavailableError,
    InvalidWriteError,
    MissingRightError,
    ProjectNotFoundError,
    QueryRefusedError,
    QueryTooLargeError,
    QueryTooSlowError,
    RateLimitedError,
    RevisionConflictError,
    RuleViolationError,
    WorkItemNotFoundError,
    WorkItemTypeNotFoundError,
)

READ = Operation("read work items", "read work items (scope: Work Items, Read)")
WRITE = Operation("change work item 7", "write work items (scope: Work Items, Read & write)", is_write=True)
QUERY = Operation("run a query", "read work items", is_query=True)
UPLOAD = Operation("take in the file a.bin", "add attachments", is_write=True, is_upload=True)


def fail(
    status: int, type_key: str, message: str, operation: Operation = WRITE, properties: object = None, **headers: str
) -> GatewayError:
    document: dict[str, object] = {
        "$id": "1",
        "innerException": None,
        "message": message,
        "typeKey": type_key,
        "errorCode": 0,
    }
    if properties is not None:
        document["customProperties"] = properties
    body = json.dumps(document | {"eventId": 3000}).encode()
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return translate(read_problem(status, {"Content-Type": "application/json"} | named, body), operation)


@pytest.mark.parametrize(
    ("status", "type_key", "message", "operation", "expected"),
    [
        (404, "WorkItemUnauthorizedAccessException", "TF401232: Work item 1 ...", READ, WorkItemNotFoundError),
        (404, "ProjectDoesNotExistWithNameException", "TF200016: The following ...", WRITE, ProjectNotFoundError),
        (400, "ProjectDoesNotExistException", "VS800075: The project with id ...", READ, ProjectNotFoundError),
        (404, "WorkItemTypeNotFoundException", "VS402323: Work item type X ...", WRITE, WorkItemTypeNotFoundError),
        (401, "UnauthorizedRequestException", "TF400813: The user 'x' is not authorized ...", READ, MissingRightError),
        (404, "WorkItemUnauthorizedAccessException", "TF237111: You may not save here.", WRITE, MissingRightError),
        (403, "AccessCheckException", "TF50309: The following account ...", WRITE, MissingRightError),
        (403, "WorkItemUnauthorizedException", "Access denied.", WRITE, MissingRightError),
        (400, "RelationAlreadyExistsException", "Relation already exists.", WRITE, InvalidWriteError),
        (503, "VssServiceException", "TF24668: It is stopped", WRITE, GatewayUnavailableError),
        (412, "TestPatchOperationFailedException", "VS403351: Test ...", WRITE, RevisionConflictError),
        (412, "WorkItemRevisionMismatchException", "TF26071: This work item", WRITE, RevisionConflictError),
        (409, "WorkItemRevisionMismatchException", "TF26071: This work item", WRITE, RevisionConflictError),
        (400, "RuleValidationException", "TF401320: Rule Error for field Title.", WRITE, RuleViolationError),
        (400, "VssPropertyValidationException", "TF401347: Invalid tree name given", WRITE, InvalidWriteError),
        (400, "FieldDoesNotExistException", "TF51535: Cannot find field X.", WRITE, InvalidWriteError),
        (400, "WorkItemException", "VS403319: The type changed without a value", WRITE, InvalidWriteError),
        (400, "WorkItemException", "VS403474: You requested 424 work items", READ, InvalidWriteError),
        (400, "WorkItemTrackingQueryException", "VS402337: The number ...", QUERY, QueryTooLargeError),
        (400, "WorkItemTrackingQueryException", "VS402335: The query ran too long", QUERY, QueryTooSlowError),
        (400, "SyntaxException", "TF51006: The query statement is missing a FROM clause.", QUERY, QueryRefusedError),
        (400, "WorkItemDatesNotIncreasing", "VS402625: Dates must be increasing", WRITE, InvalidWriteError),
        (400, "WorkItemTagsException", "TF401243: too many tags", WRITE, InvalidWriteError),
        (429, "TooManyRequestsException", "TF400733: The request has been canceled", WRITE, RateLimitedError),
        (400, "ArgumentException", "TF400497", WRITE, InvalidWriteError),
        (413, "", "", UPLOAD, AttachmentTooLargeError),
        (400, "AttachmentTooBig", "TF237082: The file exceeds the supported size", UPLOAD, AttachmentTooLargeError),
        (400, "ArgumentException", "The file name is empty.", UPLOAD, InvalidWriteError),
        (408, "", "", READ, GatewayUnavailableError),
        (500, "VssServiceException", "Boom", READ, GatewayUnavailableError),
        (404, "", "", READ, WorkItemNotFoundError),
        (405, "", "", READ, InvalidWriteError),
    ],
)  # fmt: skip
def test_each_error_is_recognized_and_keeps_its_status(
    status: int, type_key: str, message: str, operation: Operation, expected: type[GatewayError]
) -> None:
    error = fail(status, type_key, message, operation)
    assert type(error) is expected
    assert error.status == status
    assert message.partition(":")[0] in error.message
    assert error.effect_unknown == (expected is GatewayUnavailableError and operation.is_write)


def test_a_rule_names_the_fields_it_refused() -> None:
    one = fail(400, "RuleValidationException", "TF401320", properties={"FieldReferenceName": "System.Title"})
    errors = [
        {"fieldReferenceName": "System.Title", "fieldStatusFlags": "required", "errorMessage": "no"},
        {"fieldReferenceName": "System.AssignedTo", "fieldStatusFlags": "required", "errorMessage": "no"},
        "nonsense",
    ]
    several = fail(400, "RuleValidationException", "TF401320", properties={"RuleValidationErrors": errors})
    named = fail(400, "RuleValidationException", "TF401320: Rule Error for field Assigned To. Error code: Required.")
    assert isinstance(one, RuleViolationError)
    assert isinstance(several, RuleViolationError)
    assert isinstance(named, RuleViolationError)
    assert one.fields == ("System.Title",)
    assert several.fields == ("System.Title", "System.AssignedTo")
    assert named.fields == ("Assigned To",)
    assert "System.AssignedTo" in several.message


def test_a_missing_right_is_named_with_its_scope() -> None:
    error = fail(401, "UnauthorizedRequestException", "TF400813: not authorized")
    assert error.details["right"] == WRITE.right
    assert "Read & write" in error.message


def test_throttling_says_when_to_come_back() -> None:
    error = fail(429, "TooManyRequests", "TF400733", Retry_After="17")
    assert error.retry_after_seconds == 17.0
    assert fail(503, "Stopped", "", Retry_After="5").retry_after_seconds == 5.0


@pytest.mark.parametrize(
    ("status", "content_type", "body", "expected", "words"),
    [
        (400, "application/json", b'{"count":1,"value":{"Message":"Bad JSON."}}', InvalidWriteError, "Bad JSON"),
        (404, "text/plain", b"The controller for path '/x' was not found.", WorkItemNotFoundError, "controller"),
        (401, "", b"", AuthenticationFailedError, "expired"),
        (401, "text/html", b"<html><title>Access Denied: expired</title></html>", AuthenticationFailedError, "expired"),
        (503, "text/html", b"<html><title>Azure DevOps is down</title></html>", GatewayUnavailableError, "is down"),
        (500, "application/json", b"\xef\xbb\xbf{\"message\":\"With a mark\"}", GatewayUnavailableError, "With a mark"),
        (500, "application/json", b'["no object"]', GatewayUnavailableError, "500"),
        (400, "application/json", b'{"message":"Half', InvalidWriteError, "Half"),
        (203, "text/html", b"<html>", AuthenticationFailedError, "sign in"),
        (302, "", b"", AuthenticationFailedError, "sign in"),
    ],
)  # fmt: skip
def test_every_shape_of_body_is_read(
    status: int, content_type: str, body: bytes, expected: type[GatewayError], words: str
) -> None:
    error = translate(read_problem(status, {"Content-Type": content_type}, body), READ)
    assert type(error) is expected
    assert error.status == status
    assert words in error.message


def test_what_azure_devops_says_is_repeated_only_so_far() -> None:
    assert len(fail(400, "X", "word " * 1000).message) < 700


@pytest.mark.parametrize(
    ("status", "content_type", "expected"),
    [
        (200, "application/json; charset=utf-8", False),
        (200, "application/octet-stream", False),
        (200, "text/html; charset=utf-8", True),
        (203, "text/html", True),
        (203, "application/json", True),
        (302, "", True),
        (204, "", False),
    ],
)
def test_a_page_where_data_was_asked_for_is_a_sign_in(status: int, content_type: str, expected: bool) -> None:
    assert is_sign_in(status, content_type) is expected


@pytest.mark.parametrize(
    ("error", "operation", "expected"),
    [
        (requests.exceptions.ReadTimeout(), QUERY, QueryTooSlowError),
        (requests.exceptions.ConnectTimeout(), QUERY, GatewayUnavailableError),
        (requests.exceptions.ReadTimeout(), READ, GatewayUnavailableError),
    ],
)
def test_a_query_without_an_answer_is_too_slow(
    error: Exception, operation: Operation, expected: type[GatewayError]
) -> None:
    found = translate_connection_failure(error, operation, "https://dev.azure.com/org")
    assert type(found) is expected
    assert found.is_transient
