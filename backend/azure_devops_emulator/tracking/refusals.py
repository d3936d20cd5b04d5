"""The ways in which work item tracking refuses a call."""

from __future__ import annotations

from collections.abc import Sequence

from azure_devops_emulator.answers import ApiError
from azure_devops_emulator.fields import Field

_COMMON = "Microsoft.VisualStudio.Services.Common"


def missing_item(identifier: object) -> ApiError:
    """404 for a work item that is not there or may not be read."""
    return ApiError(
        404,
        "WorkItemUnauthorizedAccessException",
        f"TF401232: Work item {identifier} does not exist, or you do not have permissions to read it.",
        event_id=3200,
    )


def unwritable_item(identifier: object) -> ApiError:
    """403 for a work item that may be read but not changed."""
    return ApiError(
        403,
        "WorkItemUnauthorizedAccessException",
        "TF237111: The current user does not have permissions to save work items under the specified area path."
        f" Work item: {identifier}.",
        event_id=3200,
    )


def missing_permission(message: str) -> ApiError:
    """403 for a special permission that the caller does not have."""
    return ApiError(403, "WorkItemTrackingPermissionException", message)


def missing_type(name: str, project_id: str) -> ApiError:
    """404 for a work item type that the project does not have."""
    return ApiError(
        404,
        "WorkItemTypeNotFoundException",
        f"VS402323: Work item type {name} does not exist in project {project_id} or you do not have permission to"
        " access it.",
    )


def missing_field(name: str) -> ApiError:
    """400 for a field that is not there."""
    return ApiError(400, "WorkItemTrackingFieldDefinitionNotFoundException", f"TF51535: Cannot find field {name}.")


def bad_tree_name(identifier: int, reference_name: str) -> ApiError:
    """400 for an area or iteration that is not there."""
    return ApiError(
        400,
        "WorkItemInvalidTreeNameException",
        f"TF401347: Invalid tree name given for work item {identifier}, field '{reference_name}'.",
    )


def stale_revision(path: str, current: object, tested: object) -> ApiError:
    """412 for a test operation that does not hold."""
    return ApiError(
        412,
        "TestPatchOperationFailedException",
        f"VS403351: Test Operation for path {path} failed, value {current} was not equal to test value {tested}.",
    )


def bad_patch(message: str) -> ApiError:
    """400 for a patch document that makes no sense."""
    return ApiError(
        400,
        "VssPropertyValidationException",
        message,
        type_name=f"{_COMMON}.VssPropertyValidationException, {_COMMON}",
    )


def too_many_ids(number: int, most: int) -> ApiError:
    """400 for more work items than one call may name."""
    message = f"VS403474: You requested {number} work items which exceeds the limit of {most}."
    return ApiError(400, "WorkItemPageSizeExceededException", message)


def broken_rule(field: Field, codes: Sequence[str], message: str | None = None) -> ApiError:
    """400 for a value that the rules of the work item type do not allow."""
    flags = ", ".join(codes)
    text = message or f"TF401320: Rule Error for field {field.name}. Error code: {flags}."
    detail = {
        "fieldReferenceName": field.reference_name,
        "fieldStatusFlags": flags,
        "errorMessage": text,
        "fieldStatusCode": 0,
        "ruleValidationErrors": None,
    }
    return ApiError(
        400,
        "RuleValidationException",
        text,
        custom_properties={
            "FieldReferenceName": field.reference_name,
            "FieldStatusFlags": flags,
            "ErrorMessage": text,
            "FieldStatusCode": 0,
            "RuleValidationErrors": [detail],
        },
    )
