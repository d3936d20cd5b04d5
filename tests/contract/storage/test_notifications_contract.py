"""Mail servers, subscribers, notices and deliveries, on every storage."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from tests.contract.storage.databases import AnyStorage, changing
from tests.contract.storage.values import NOW, later, make_error_record

from adnode.domain.error_record import Impact
from adnode.domain.errors import LeaseLostError, NotFoundError, StateError
from adnode.domain.notification import (
    NOTIFICATION_FAILED,
    ChannelKind,
    Delivery,
    DeliveryStatus,
    Digest,
    ErrorExample,
    ErrorGroup,
    MailSecurity,
    MailServer,
    Notice,
    Subscriber,
    SubscriberStatus,
)
from adnode.ports.notification_storage import Pending, Round
from adnode.ports.storage import UnitOfWork

SERVER = MailServer(
    "org", "mail.example", 587, MailSecurity.STARTTLS, "adnode@example.com", "adnode", "robot", b"s\x00"
)
GROUP = ErrorGroup(
    connection_id="c1",
    connection_name="name of c1",
    impact=Impact.WORK_ITEM,
    code="x",
    is_remote=True,
    count=3,
    first_at=NOW,
    last_at=later(5),
    examples=(ErrorExample("Überfällig", 42),),
)
NOTICE = Notice("fabrikam", "https://dev.azure.com/fabrikam", (GROUP,), 1, 3)


def make_subscriber(subscriber_id: str = "s1", **changes: Any) -> Subscriber:
    subscriber = Subscriber(
        id=subscriber_id,
        organization_id="org",
        kind=ChannelKind.EMAIL,
        address=f"{subscriber_id}@example.com",
        impacts=frozenset({Impact.WORK_ITEM, Impact.CONNECTION}),
        digest=Digest.AT_ONCE,
        created_at=NOW,
    )
    return replace(subscriber, **changes)


def make_delivery(delivery_id: str = "d1", **changes: Any) -> Delivery:
    delivery = Delivery(
        id=delivery_id,
        organization_id="org",
        subscriber_id="s1",
        kind=ChannelKind.EMAIL,
        address="s1@example.com",
        notice=NOTICE,
        created_at=NOW,
        next_attempt_at=NOW,
    )
    return replace(delivery, **changes)


def open_errors(storage: AnyStorage, *ids: str, **changes: Any) -> None:
    with changing(storage) as work:
        for record_id in ids:
            work.error_records.open(make_error_record(record_id, **({"twin_id": f"t-{record_id}"} | changes)))


def told(work: UnitOfWork, subscriber: Subscriber | None = None) -> Pending | None:
    """What the subscriber, by default s1, is still to be told."""
    return work.notifications.notices.pending(subscriber or make_subscriber(), quiet_since=None)


def noticed(work: UnitOfWork, subscriber: Subscriber, seconds: float = 0, since: datetime | None = None) -> int:
    """Notice what is new; how many errors that was."""
    before = told(work, subscriber)
    work.notifications.notices.notice(subscriber, later(seconds), since=since)
    after = told(work, subscriber)
    return (after.error_count if after else 0) - (before.error_count if before else 0)


# mail servers and subscribers ------------------------------------------------------------------------------------


def test_each_organization_has_its_mail_server(storage: AnyStorage) -> None:
    with changing(storage) as work:
        servers = work.notifications.servers
        servers.save(replace(SERVER, host="old.example"))
        servers.save(SERVER)
        servers.save(replace(SERVER, organization_id="other", port=25))
        assert servers.find("org") == SERVER
        assert [one.port for one in servers.list_all()] == [587, 25]
        assert servers.remove("org")
        assert not servers.remove("org")
        assert servers.find("org") is None
        assert servers.find("other") is not None


def test_subscribers_come_back_as_they_were_stored(storage: AnyStorage) -> None:
    webhook = make_subscriber(
        "s2",
        kind=ChannelKind.WEBHOOK,
        address="https://hooks.example/x?sig=" + "y" * 3000,
        impacts=frozenset(Impact),
        digest=Digest.DAILY,
        created_at=later(1),
        connection_ids=frozenset({"c1", "c2"}),
        status=SubscriberStatus.PAUSED,
        sealed_secret=b"sealed\x00",
    )
    with changing(storage) as work:
        subscribers = work.notifications.subscribers
        subscribers.add(webhook)
        subscribers.add(make_subscriber())
        subscribers.add(make_subscriber("s3", organization_id="other"))
        assert subscribers.get("s2") == webhook
        assert [one.id for one in subscribers.list_of("org")] == ["s1", "s2"]
        assert [one.id for one in subscribers.list_active()] == ["s1", "s3"]
        assert [one.id for one in subscribers.list_all()] == ["s1", "s3", "s2"]
        with pytest.raises(NotFoundError, match="s9"):
            subscribers.get("s9")


def test_an_address_is_told_once(storage: AnyStorage) -> None:
    with changing(storage) as work:
        subscribers = work.notifications.subscribers
        subscribers.add(make_subscriber())
        second = make_subscriber("s2")
        subscribers.add(second)
        with pytest.raises(StateError, match="already"):
            subscribers.add(make_subscriber("s3", address="S1@Example.com"))
        with pytest.raises(StateError, match="already"):
            subscribers.save(replace(second, address="s1@example.com"))
        subscribers.add(make_subscriber("s4", address="s1@example.com", organization_id="other"))
        subscribers.save(replace(second, address="S2@example.com"))


def test_an_edit_leaves_what_was_noted_meanwhile(storage: AnyStorage) -> None:
    with changing(storage) as work:
        subscribers = work.notifications.subscribers
        read = make_subscriber()
        subscribers.add(read)
        subscribers.note_told("s1", later(3))
        subscribers.note_trouble("s1", "It hangs.")
        edited = replace(read, digest=Digest.HOURLY, status=SubscriberStatus.PAUSED, revision=2)
        subscribers.save(edited)
        assert subscribers.get("s1") == replace(edited, told_at=later(3), trouble="It hangs.")
        subscribers.note_told("s1", later(4))
        assert subscribers.get("s1") == replace(edited, told_at=later(4))
        with pytest.raises(NotFoundError):
            subscribers.save(make_subscriber("s9"))
        subscribers.note_told("s9", NOW)


def test_tokens_lead_to_their_subscriber(storage: AnyStorage) -> None:
    with changing(storage) as work:
        subscribers = work.notifications.subscribers
        for one in ("s1", "s2"):
            subscribers.add(make_subscriber(one))
            subscribers.remember_token(f"hash of {one}", one, NOW)
        subscribers.remember_token("younger", "s1", later(10))
        found = [subscribers.find_by_token(one) for one in ("hash of s1", "hash of s2", "younger", "unknown")]
        assert [one.id if one else None for one in found] == ["s1", "s2", "s1", None]
        assert subscribers.forget_tokens(later(5)) == 2
        assert subscribers.find_by_token("hash of s1") is None
        subscribers.remember_token("of another", "s2", later(10))
        subscribers.revoke_tokens("s2")
        assert subscribers.find_by_token("of another") is None
        subscribers.remove("s1")
        assert subscribers.find_by_token("younger") is None
        assert [one.id for one in subscribers.list_of("org")] == ["s2"]


# notices ---------------------------------------------------------------------------------------------------------


def test_every_open_error_is_noticed_once_whatever_its_time(storage: AnyStorage) -> None:
    subscriber = make_subscriber()
    open_errors(storage, "young", opened_at=later(100))
    with changing(storage) as work:
        work.notifications.subscribers.add(subscriber)
        assert noticed(work, subscriber, 110) == 1
    open_errors(storage, "late commit of an older one", opened_at=later(5))
    with changing(storage) as work:
        assert noticed(work, subscriber, 120) == 1
        assert noticed(work, subscriber, 130) == 0
        assert told(work) == Pending(2, 1, later(110))


def test_a_short_look_sees_what_was_opened_since(storage: AnyStorage) -> None:
    subscriber = make_subscriber()
    open_errors(storage, "old")
    open_errors(storage, "new", opened_at=later(100))
    with changing(storage) as work:
        assert noticed(work, subscriber, 110, later(100)) == 1
        assert noticed(work, subscriber, 110) == 1


def test_only_what_concerns_the_subscriber_is_noticed(storage: AnyStorage) -> None:
    open_errors(storage, "wanted")
    open_errors(storage, "other connection", connection_id="c2")
    open_errors(storage, "other impact", impact=Impact.WARNING)
    open_errors(storage, "other organization", organization_id="other", connection_id="c3")
    subscriber = make_subscriber(connection_ids=frozenset({"c1"}))
    everything = make_subscriber("s2", impacts=frozenset(Impact))
    with changing(storage) as work:
        notices = work.notifications.notices
        assert noticed(work, subscriber) == 1
        assert noticed(work, everything) == 3
        (group,) = notices.groups(make_subscriber(), quiet_since=None, limit=9, example_limit=9)
        assert (group.connection_id, group.impact, group.count) == ("c1", Impact.WORK_ITEM, 1)


def test_nobody_is_told_over_a_channel_that_this_channel_is_broken(storage: AnyStorage) -> None:
    changes = {"connection_id": "", "twin_id": "", "impact": Impact.WARNING, "code": NOTIFICATION_FAILED}
    open_errors(storage, "mail", subject="email:s1", **changes)
    open_errors(storage, "hook", subject="webhook:s2", **changes)
    mail = make_subscriber("s1", impacts=frozenset(Impact))
    hook = make_subscriber("s2", impacts=frozenset(Impact), kind=ChannelKind.WEBHOOK)
    with changing(storage) as work:
        assert (noticed(work, mail), noticed(work, hook)) == (1, 1)


def test_what_was_open_before_is_no_news_but_what_comes_back_is(storage: AnyStorage) -> None:
    subscriber = make_subscriber()
    open_errors(storage, "e1")
    open_errors(storage, "e2", impact=Impact.WARNING)
    with changing(storage) as work:
        notices = work.notifications.notices
        notices.skip(subscriber, NOW)
        assert noticed(work, replace(subscriber, impacts=frozenset(Impact))) == 0
        assert told(work) is None
        work.error_records.close(later(1), connection_id="c1")
    open_errors(storage, "e3", twin_id="t-e1", opened_at=later(2))
    with changing(storage) as work:
        assert noticed(work, subscriber, 3) == 1
        # Nothing was told of it so far, so it does not wait either.
        assert work.notifications.notices.pending(make_subscriber(), quiet_since=NOW) == Pending(1, 1, later(3))


def test_what_is_over_is_not_told(storage: AnyStorage) -> None:
    open_errors(storage, "e1", "e2")
    with changing(storage) as work:
        work.notifications.notices.notice(make_subscriber(), NOW, since=None)
        work.error_records.close(later(1), connection_id="c1", twin_id="t-e1")
        assert told(work) == Pending(1, 1, NOW)
        work.error_records.close(later(1), connection_id="c1")
        assert told(work) is None
        assert work.notifications.notices.groups(make_subscriber(), quiet_since=None, limit=9, example_limit=9) == []


def test_errors_are_told_in_groups_the_largest_first_with_their_newest(storage: AnyStorage) -> None:
    for number in range(4):
        open_errors(storage, f"a{number}", opened_at=later(number), message=f"No. {number}", work_item_id=number)
    open_errors(storage, "b", code="other", is_remote=True)
    open_errors(storage, "c", connection_id="", twin_id="", impact=Impact.CONNECTION, work_item_id=None)
    with changing(storage) as work:
        notices = work.notifications.notices
        notices.notice(make_subscriber(), later(9), since=None)
        first, *others = notices.groups(make_subscriber(), quiet_since=None, limit=9, example_limit=2)
        assert told(work) == Pending(6, 3, later(9))
        assert notices.groups(make_subscriber(), quiet_since=None, limit=1, example_limit=2) == [first]
    newest = (ErrorExample("No. 3", 3), ErrorExample("No. 2", 2))
    assert first == replace(GROUP, code="rule_violation", is_remote=False, count=4, last_at=later(3), examples=newest)
    assert [(one.connection_name, one.code, one.is_remote) for one in others] == [
        ("", "rule_violation", False),
        ("name of c1", "other", True),
    ]


def test_what_was_told_is_not_told_again(storage: AnyStorage) -> None:
    open_errors(storage, "e1")
    subscriber, other = make_subscriber(), make_subscriber("s2")
    with changing(storage) as work:
        notices = work.notifications.notices
        for one in (subscriber, other):
            notices.notice(one, NOW, since=None)
        notices.settle(make_subscriber(), later(1), quiet_since=None)
        assert told(work) is None
        assert told(work, other) == Pending(1, 1, NOW)
        assert noticed(work, subscriber, 2) == 0


def test_a_group_that_was_told_of_lately_waits(storage: AnyStorage) -> None:
    open_errors(storage, "e1")
    with changing(storage) as work:
        notices = work.notifications.notices
        notices.notice(make_subscriber(), NOW, since=None)
        notices.settle(make_subscriber(), later(10), quiet_since=None)
    open_errors(storage, "e2")
    open_errors(storage, "e3", "e4", code="other")
    with changing(storage) as work:
        notices = work.notifications.notices
        notices.notice(make_subscriber(), later(20), since=None)
        assert notices.pending(make_subscriber(), quiet_since=later(9)) == Pending(2, 1, later(20))
        (group,) = notices.groups(make_subscriber(), quiet_since=later(9), limit=9, example_limit=1)
        assert (group.code, group.count, len(group.examples)) == ("other", 2, 1)
        notices.settle(make_subscriber(), later(21), quiet_since=later(9))
        assert notices.pending(make_subscriber(), quiet_since=later(9)) is None
        assert notices.pending(make_subscriber(), quiet_since=later(10)) == Pending(1, 1, later(20))


def test_notices_of_errors_that_are_over_are_forgotten_after_a_while(storage: AnyStorage) -> None:
    open_errors(storage, "open", "over")
    with changing(storage) as work:
        notices = work.notifications.notices
        notices.notice(make_subscriber(), NOW, since=None)
        work.error_records.close(later(1), connection_id="c1", twin_id="t-over")
        assert notices.forget(NOW) == 0
        assert notices.forget(later(1)) == 1
        assert notices.forget(later(1)) == 0
        assert told(work) == Pending(1, 1, NOW)


def test_what_concerns_nobody_after_an_edit_is_not_told(storage: AnyStorage) -> None:
    open_errors(storage, "e1")
    open_errors(storage, "e2", connection_id="c2")
    subscriber = make_subscriber()
    narrowed = replace(subscriber, connection_ids=frozenset({"c2"}))
    with changing(storage) as work:
        notices = work.notifications.notices
        notices.notice(subscriber, NOW, since=None)
        assert told(work, narrowed) == Pending(1, 1, NOW)
        (group,) = notices.groups(narrowed, quiet_since=None, limit=9, example_limit=9)
        assert (group.connection_id, len(group.examples)) == ("c2", 1)
        notices.settle(narrowed, later(1), quiet_since=None)
        assert told(work, narrowed) is None
        assert told(work) == Pending(1, 1, NOW)


def test_a_removed_subscriber_leaves_no_notices(storage: AnyStorage) -> None:
    open_errors(storage, "e1")
    with changing(storage) as work:
        work.notifications.subscribers.add(make_subscriber())
        work.notifications.notices.notice(make_subscriber(), NOW, since=None)
        work.notifications.subscribers.remove("s1")
        assert told(work) is None


def test_rounds_overlap_and_now_and_then_look_at_everything(storage: AnyStorage) -> None:
    times = {"interval_seconds": 10.0, "overlap_seconds": 900.0, "full_seconds": 3600.0}
    with changing(storage) as work:
        rounds = work.notifications.rounds
        assert rounds.begin("org", NOW, **times) == Round(None)
        assert rounds.begin("org", later(9), **times) is None
        assert rounds.begin("other", later(9), **times) == Round(None)
        assert rounds.begin("org", later(10), **times) == Round(later(-900))
        assert rounds.begin("org", later(3000), **times) == Round(later(-890))
        assert rounds.begin("org", later(3600), **times) == Round(None)
        rounds.forget("org")
        assert rounds.begin("org", later(3601), **times) == Round(None)


# deliveries ------------------------------------------------------------------------------------------------------


def test_deliveries_come_back_as_they_were_stored(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.notifications.deliveries.add(make_delivery())
        assert work.notifications.deliveries.get("d1") == make_delivery()
        with pytest.raises(NotFoundError, match="d9"):
            work.notifications.deliveries.get("d9")


def test_a_delivery_has_one_sender_at_a_time(storage: AnyStorage) -> None:
    with changing(storage) as work:
        deliveries = work.notifications.deliveries
        deliveries.add(make_delivery("d2", next_attempt_at=later(5)))
        deliveries.add(make_delivery("d1"))
        deliveries.add(make_delivery("d3", organization_id="other", next_attempt_at=later(20)))
        assert deliveries.organizations_due(later(10)) == ["org"]
        first = deliveries.claim("org", "a", later(10), 60)
        second = deliveries.claim("org", "b", later(10), 60)
        assert first is not None
        assert second is not None
        assert (first.id, second.id) == ("d1", "d2")
        assert deliveries.claim("org", "b", later(69), 60) is None
        assert deliveries.organizations_due(later(69)) == ["other"]
        with pytest.raises(LeaseLostError):
            deliveries.finish(first, "b")
        deliveries.finish(replace(first, status=DeliveryStatus.SENT, attempts=1, settled_at=later(11)), "a")
        # The one who died is taken over.
        taken = deliveries.claim("org", "a", later(70), 60)
        assert taken == second
        with pytest.raises(LeaseLostError):
            deliveries.finish(second, "b")
        assert deliveries.get("d1").status is DeliveryStatus.SENT


def test_the_lease_of_a_dead_owner_ends_with_the_others(storage: AnyStorage) -> None:
    with changing(storage) as work:
        deliveries = work.notifications.deliveries
        deliveries.add(make_delivery())
        deliveries.claim("org", "dead", NOW, 60)
        assert work.lease_owners.list_all() == {"dead"}
        assert work.lease_owners.release("dead") == 1
        assert deliveries.claim("org", "b", NOW, 60) == make_delivery()


def test_a_failed_attempt_is_repeated_when_it_is_time(storage: AnyStorage) -> None:
    with changing(storage) as work:
        deliveries = work.notifications.deliveries
        deliveries.add(make_delivery())
        claimed = deliveries.claim("org", "a", NOW, 60)
        assert claimed is not None
        waiting = replace(claimed, attempts=1, error="It hangs.", next_attempt_at=later(90))
        deliveries.finish(waiting, "a")
        assert deliveries.claim("org", "a", later(89), 60) is None
        assert deliveries.claim("org", "a", later(90), 60) == waiting


def test_waiting_deliveries_of_a_kind_are_postponed_and_hastened_together(storage: AnyStorage) -> None:
    with changing(storage) as work:
        deliveries = work.notifications.deliveries
        deliveries.add(make_delivery("d1"))
        deliveries.add(make_delivery("d2", subscriber_id="s2", next_attempt_at=later(500)))
        deliveries.add(make_delivery("d3", kind=ChannelKind.WEBHOOK))
        deliveries.add(make_delivery("d4", organization_id="other"))
        deliveries.add(make_delivery("d5", status=DeliveryStatus.FAILED))
        deliveries.postpone("org", ChannelKind.EMAIL, later(100))

        def times() -> list[Any]:
            return [deliveries.get(f"d{number}").next_attempt_at for number in range(1, 6)]

        assert times() == [later(100), later(500), NOW, NOW, NOW]
        deliveries.hasten("org", later(50), kind=ChannelKind.EMAIL, subscriber_id="s2")
        assert times() == [later(100), later(50), NOW, NOW, NOW]
        deliveries.hasten("org", later(60), kind=ChannelKind.EMAIL)
        assert times() == [later(60), later(50), NOW, NOW, NOW]


def test_what_waits_for_a_subscriber_is_cancelled_even_under_way(storage: AnyStorage) -> None:
    with changing(storage) as work:
        deliveries = work.notifications.deliveries
        deliveries.add(make_delivery("d1"))
        deliveries.add(make_delivery("d2", status=DeliveryStatus.SENT))
        deliveries.add(make_delivery("d3", subscriber_id="s2"))
        claimed = deliveries.claim("org", "a", NOW, 60)
        assert claimed is not None
        for one in ("s1", "s2"):
            deliveries.cancel(one, later(1))
        with pytest.raises(LeaseLostError):
            deliveries.finish(claimed, "a")
        statuses = [deliveries.get(f"d{number}").status for number in range(1, 4)]
        assert statuses == [DeliveryStatus.CANCELLED, DeliveryStatus.SENT, DeliveryStatus.CANCELLED]
        assert deliveries.organizations_due(later(100)) == []


def test_a_delivery_that_was_given_up_can_be_opened_again(storage: AnyStorage) -> None:
    with changing(storage) as work:
        deliveries = work.notifications.deliveries
        deliveries.add(make_delivery("d1", status=DeliveryStatus.FAILED, settled_at=later(1), attempts=9))
        deliveries.reopen(make_delivery("d1"))
        assert deliveries.claim("org", "a", NOW, 60) == make_delivery("d1")
        with pytest.raises(NotFoundError):
            deliveries.reopen(make_delivery("d1"))


def test_deliveries_are_listed_in_pages_the_newest_first(storage: AnyStorage) -> None:
    with changing(storage) as work:
        deliveries = work.notifications.deliveries
        for number in range(5):
            status = DeliveryStatus.FAILED if number % 2 else DeliveryStatus.SENT
            deliveries.add(make_delivery(f"d{number}", created_at=later(number // 2), status=status))
        deliveries.add(make_delivery("d9", organization_id="other"))
        first = deliveries.list_page("org", limit=3)
        assert [one.id for one in first] == ["d4", "d3", "d2"]
        after = (first[-1].created_at, first[-1].id)
        assert [one.id for one in deliveries.list_page("org", after=after, limit=3)] == ["d1", "d0"]
        failed = {DeliveryStatus.FAILED}
        assert [one.id for one in deliveries.list_page("org", statuses=failed, limit=9)] == ["d3", "d1"]
        assert deliveries.list_page("org", subscriber_id="s2", limit=9) == []
        assert (deliveries.count("org"), deliveries.count("org", statuses=failed)) == (5, 2)
        assert deliveries.count("org", subscriber_id="s1") == 5


def test_settled_deliveries_are_forgotten(storage: AnyStorage) -> None:
    with changing(storage) as work:
        deliveries = work.notifications.deliveries
        deliveries.add(make_delivery("d1", status=DeliveryStatus.SENT, settled_at=later(1)))
        deliveries.add(make_delivery("d2", status=DeliveryStatus.SENT, settled_at=later(2)))
        deliveries.add(make_delivery("d3"))
        assert deliveries.forget_settled(later(2)) == 1
        assert [one.id for one in deliveries.list_page("org", limit=9)] == ["d3", "d2"]
        deliveries.add(make_delivery("d4", organization_id="other"))
        deliveries.remove_of("org")
        assert (deliveries.count("org"), deliveries.count("other")) == (0, 1)
