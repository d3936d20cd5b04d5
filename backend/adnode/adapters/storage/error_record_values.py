"""Error records as rows and back."""

from dataclasses import asdict, fields

from adnode.adapters.storage.rows import ErrorRecordRow
from adnode.domain.error_record import SEVERITY, ErrorRecord, ErrorStatus, Impact, Resolution

_NAMES = tuple(field.name for field in fields(ErrorRecord))


def record_values(record: ErrorRecord) -> dict[str, object]:
    """Return the columns of a record; what lists are grouped and sorted by is worked out here, once."""
    return asdict(record) | {
        "impact": record.impact.value,
        "status": record.status.value,
        "resolution": record.resolution.value,
        "cause_key": record.cause_key,
        "severity": SEVERITY[record.impact],
    }


def record_from_row(row: ErrorRecordRow) -> ErrorRecord:
    """Return the record of a row."""
    stored = {name: getattr(row, name) for name in _NAMES}
    enums = {"impact": Impact(row.impact), "status": ErrorStatus(row.status), "resolution": Resolution(row.resolution)}
    return ErrorRecord(**(stored | enums))
