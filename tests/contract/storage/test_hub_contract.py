"""What the hub remembers beside the synchronization: tenants, notes, figures, deeds, repeated requests."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.contract.storage.databases import AnyStorage, changing
from tests.contract.storage.values import NOW, later, make_connection, make_invitation, make_twin

from adnode.domain.actor import ActorKind
from adnode.domain.audit import AuditAction, AuditEntry
from adnode.domain.connection_note import ConnectionFigures, ConnectionNote, RemoteStatus, TwinFigures
from adnode.domain.error_record import ErrorRecord, Impact
from adnode.domain.invitation import InvitationStatus
from adnode.domain.message import AppliedBody, Message, QueueStatus
from adnode.domain.organization import OrganizationKind
from adnode.domain.session import SessionEnd, SessionPurpose, SessionRecord, Tenant
from adnode.domain.twin import TwinStatus
from adnode.ports.hub_storage import Repetition

TENANT = Tenant("t-1", "Fabrikam", "https://dev.azure.com/Fabrikam", OrganizationKind.SERVICES, NOW)


SESSION = SessionRecord(
    id="s-1",
    organization_id="t-1",
    user_id="u-1",
    user_name="Anna",
    purpose=SessionPurpose.HUB,
    is_administrator=True,
    opened_at=NOW,
    checked_at=NOW,
    used_at=NOW,
    expires_at=later(2700),
    address="192.0.2.7",
    browser="Firefox",
)


# tenants -------------------------------------------------------------------------------------------------------------


def test_a_tenant_is_found_by_id_and_by_address_whatever_its_case(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.tenants.save(TENANT)
    with storage.unit_of_work() as work:
        assert work.tenants.find("t-1") == TENANT
        assert work.tenants.find("t-2") is None
        assert work.tenants.find_by_url("https://DEV.azure.com/fabrikam") == [TENANT]
        assert work.tenants.find_by_url("https://dev.azure.com/other") == []


def test_a_tenant_keeps_the_time_it_was_first_seen(storage: AnyStorage) -> None:
    renamed = replace(TENANT, name="New", url="https://dev.azure.com/New", first_seen_at=later(60))
    with changing(storage) as work:
        work.tenants.save(TENANT)
    with changing(storage) as work:
        work.tenants.save(renamed)
        assert work.tenants.find("t-1") == replace(renamed, first_seen_at=NOW)
        assert work.tenants.find_by_url(TENANT.url) == []


def test_two_tenants_may_have_had_one_address(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.tenants.save(TENANT)
        work.tenants.save(replace(TENANT, id="t-2"))
        assert [tenant.id for tenant in work.tenants.find_by_url(TENANT.url)] == ["t-1", "t-2"]


def test_a_removed_tenant_is_gone_with_its_pairs(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.tenants.save(TENANT)
        assert work.tenants.remember_pair("t-1", "app", "user", NOW)
        assert not work.tenants.remember_pair("t-1", "app", "user", NOW)
        assert work.tenants.remember_pair("t-1", "app", "another", NOW)
        work.tenants.remove("t-1")
        assert work.tenants.find("t-1") is None
        assert work.tenants.remember_pair("t-1", "app", "user", NOW)


# sessions ------------------------------------------------------------------------------------------------------------


def test_a_session_is_remembered_and_renewed(storage: AnyStorage) -> None:
    with changing(storage) as work:
        assert work.sessions.find("s-1") is None
        work.sessions.add(SESSION)
    renewed = replace(
        SESSION, checked_at=later(300), used_at=later(300), expires_at=later(3000), is_administrator=False
    )
    with changing(storage) as work:
        assert work.sessions.find("s-1") == SESSION
        assert work.sessions.renew(replace(renewed, opened_at=later(300), user_name="Eve"))
    with changing(storage) as work:
        assert work.sessions.find("s-1") == renewed, "who opened it, and when, stays"
        work.sessions.note_use("s-1", later(400))
        work.sessions.note_use("s-unknown", later(400))
    with storage.unit_of_work() as work:
        assert work.sessions.find("s-1") == replace(renewed, used_at=later(400))


def test_a_session_ends_once_and_is_not_renewed_any_more(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.sessions.add(SESSION)
        assert work.sessions.end("s-1", later(5), SessionEnd.ENDED)
    with changing(storage) as work:
        assert not work.sessions.end("s-1", later(6), SessionEnd.RAN_OUT)
        assert not work.sessions.end("s-unknown", later(6), SessionEnd.RAN_OUT)
        assert not work.sessions.renew(replace(SESSION, expires_at=later(9000)))
        assert not work.sessions.renew(replace(SESSION, id="s-unknown"))
    with storage.unit_of_work() as work:
        assert work.sessions.find("s-1") == SESSION.ended(later(5), SessionEnd.ENDED)


def test_live_sessions_are_those_of_the_organization_that_have_neither_ended_nor_run_out(storage: AnyStorage) -> None:
    used_later = replace(SESSION, id="s-2", used_at=later(60))
    over = replace(SESSION, id="s-3", expires_at=later(100))
    ended = replace(SESSION, id="s-4").ended(later(50), SessionEnd.ENDED)
    foreign = replace(SESSION, id="s-5", organization_id="t-2")
    with changing(storage) as work:
        for record in (SESSION, used_later, over, ended, foreign):
            work.sessions.add(record)
    with storage.unit_of_work() as work:
        assert work.sessions.list_live("t-1", later(100)) == [used_later, SESSION]
        assert work.sessions.find("s-4") == ended
        assert work.sessions.list_run_out(later(100), 10) == [over]
        assert work.sessions.list_run_out(later(2700), 1) == [over]


def test_sessions_are_forgotten_some_time_after_their_end(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.sessions.add(SESSION)
        for number in range(3):
            work.sessions.add(replace(SESSION, id=f"e-{number}").ended(later(number), SessionEnd.RAN_OUT))
        assert work.sessions.forget(later(2), limit=1) == 1
        assert work.sessions.forget(later(2), limit=10) == 1
        assert work.sessions.forget(later(2), limit=10) == 0
        assert work.sessions.find("s-1") is not None
        assert work.sessions.find("e-2") is not None


# notes ---------------------------------------------------------------------------------------------------------------


def test_a_note_begins_empty_and_is_replaced(storage: AnyStorage) -> None:
    note = ConnectionNote(
        "c1",
        has_made_up_name=True,
        remote_status=RemoteStatus.REMOVED,
        contacted_at=later(5),
        remote_status_at=later(6),
        failing_since=later(7),
        failed_calls=3,
        line_code="peer_unreachable",
        listening_since=later(8),
    )
    with changing(storage) as work:
        assert work.notes.get("c1") == ConnectionNote("c1")
        assert work.notes.find(["c1"]) == {}
        work.notes.save(ConnectionNote("c1"))
        work.notes.save(note)
    with storage.unit_of_work() as work:
        assert work.notes.get("c1") == note
        assert work.notes.find(["c1", "c2"]) == {"c1": note}


def test_what_is_not_committed_is_not_noted(storage: AnyStorage) -> None:
    with storage.unit_of_work() as work:
        work.notes.save(ConnectionNote("c1", has_made_up_name=True))
        work.tenants.save(TENANT)
    with storage.unit_of_work() as work:
        assert work.notes.get("c1") == ConnectionNote("c1")
        assert work.tenants.find("t-1") is None


def test_figures_count_each_connection_apart(storage: AnyStorage) -> None:
    body = AppliedBody(1, "https://dev.azure.com/x", frozenset(), ())
    with changing(storage) as work:
        work.connections.add(make_connection("cx"))
        work.twins.add(make_twin("t1", connection_id="cx", work_item_id=1, synchronized_at=later(5)), due_at=NOW)
        work.twins.add(make_twin("t2", connection_id="cx", work_item_id=2, synchronized_at=NOW), due_at=None)
        work.twins.add(make_twin("t3", connection_id="cx", work_item_id=3, status=TwinStatus.UNLINKED), due_at=None)
        work.outbox.add("cx", "t1", "applied", body, NOW)
        sent = work.outbox.add("cx", "t1", "applied", body, NOW)
        work.outbox.settle([sent], QueueStatus.SENT, NOW)
        work.inbox.add("cx", Message("m1", 1, "applied", "t2", body, NOW), QueueStatus.APPLYING, NOW)
        for code in ("peer_unreachable", "other"):
            record = ErrorRecord(code, "org", "cx", "", Impact.CONNECTION, code, "text", NOW, NOW)
            work.error_records.open(record)
        work.error_records.close(NOW, connection_id="cx", code="other")
    with storage.unit_of_work() as work:
        figures = work.notes.figures(["cx", "c-none"])
        twins = work.notes.twin_figures(["t1", "t2", "t3", "t-none"])
    assert figures == {
        "cx": ConnectionFigures(
            under_sync=2,
            in_progress=1,
            open_errors=1,
            outgoing=1,
            incoming=1,
            synchronized_at=later(5),
        ),
        "c-none": ConnectionFigures(),
    }
    assert twins == {
        "t1": TwinFigures(is_at_work=True, outgoing=1),
        "t2": TwinFigures(incoming=1),
        "t3": TwinFigures(),
        "t-none": TwinFigures(),
    }


def test_the_open_invitation_counts_else_the_newest(storage: AnyStorage) -> None:
    used = make_invitation("i1", status=InvitationStatus.USED, created_at=later(9))
    open_one = make_invitation("i2", created_at=NOW)
    revoked = make_invitation("i3", connection_id="c2", status=InvitationStatus.REVOKED, created_at=NOW)
    newer = make_invitation("i4", connection_id="c2", status=InvitationStatus.USED, created_at=later(1))
    with changing(storage) as work:
        for invitation in (used, open_one, revoked, newer):
            work.invitations.add(invitation)
    with storage.unit_of_work() as work:
        assert work.notes.invitations(["c1", "c2", "c-none"]) == {"c1": open_one, "c2": newer}


# deeds ---------------------------------------------------------------------------------------------------------------


def make_entry(number: int, **changes: object) -> AuditEntry:
    entry = AuditEntry(
        id=f"a-{number:03}",
        organization_id="org",
        at=later(number // 2),
        user_id="user",
        user_name="Änne",
        action=AuditAction.CONNECTION_CHANGED,
        connection_id="c1",
        connection_name="To “Beta”",
        actor=ActorKind.OPERATOR,
        details={"name": "Größe"},
    )
    return replace(entry, **changes)  # type: ignore[arg-type]


def test_deeds_are_listed_the_newest_first_in_pages(storage: AnyStorage) -> None:
    entries = [make_entry(number) for number in range(7)]
    with changing(storage) as work:
        for entry in entries:
            work.audit.add(entry)
    seen: list[AuditEntry] = []
    after = None
    with storage.unit_of_work() as work:
        while page := work.audit.list_page("org", after=after, limit=2):
            seen += page
            after = (page[-1].at, page[-1].id)
        assert work.audit.count("org") == 7
    assert seen == entries[::-1]


def test_deeds_of_another_organization_or_connection_are_apart(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.audit.add(make_entry(1))
        work.audit.add(make_entry(2, organization_id="org2"))
        work.audit.add(make_entry(3, connection_id="", connection_name="", details={}))
    with storage.unit_of_work() as work:
        assert [entry.id for entry in work.audit.list_page("org", limit=9)] == ["a-003", "a-001"]
        assert [entry.id for entry in work.audit.list_page("org", connection_id="c1", limit=9)] == ["a-001"]
        assert (work.audit.count("org"), work.audit.count("org", connection_id="c1")) == (2, 1)
        assert work.audit.count("org2", connection_id="c-none") == 0


def test_old_deeds_are_forgotten_in_pieces(storage: AnyStorage) -> None:
    with changing(storage) as work:
        for number in range(7):
            work.audit.add(make_entry(number))
    with changing(storage) as work:
        assert work.audit.forget(later(2), limit=3) == 3
        assert work.audit.forget(later(2), limit=3) == 1
        assert work.audit.forget(later(2), limit=3) == 0
        left = [entry.id for entry in work.audit.list_page("org", limit=10)]
    assert left == ["a-006", "a-005", "a-004"]


# repeated requests ---------------------------------------------------------------------------------------------------


def test_a_key_is_new_once_in_each_organization(storage: AnyStorage) -> None:
    first = Repetition("org", "key", "d" * 64, "c1", NOW)
    with changing(storage) as work:
        assert work.repetitions.add(first)
    with changing(storage) as work:
        assert not work.repetitions.add(replace(first, subject="c2"))
        assert work.repetitions.add(replace(first, organization_id="org2"))
        assert work.repetitions.find("org", "key") == first
        assert work.repetitions.find("org", "other") is None


@pytest.mark.parametrize(("limit", "left"), [(1000, 1), (2, 2)])
def test_old_keys_are_forgotten(storage: AnyStorage, limit: int, left: int) -> None:
    with changing(storage) as work:
        for number in range(4):
            at = NOW + timedelta(hours=number)
            work.repetitions.add(Repetition("org", f"key-{number}", "d", "c1", at))
    with changing(storage) as work:
        assert work.repetitions.forget(NOW + timedelta(hours=3), limit) == min(limit, 3)
        kept = [number for number in range(4) if work.repetitions.find("org", f"key-{number}")]
    assert len(kept) == left
    assert 3 in kept
