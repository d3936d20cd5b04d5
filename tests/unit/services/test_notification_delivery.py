"""Telling: what is told, when, how often, and what happens when it fails."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest
from tests.unit.services.telling import SERVER, Telling

from adnode.adapters.vault import AesGcmVault
from adnode.domain.error_record import Impact
from adnode.domain.errors import NotificationFailedError, StateError
from adnode.domain.notification import ChannelKind, DeliveryStatus, Digest, SubscriberStatus
from adnode.ports.notifier import Mail, Step
from adnode.services.notification_delivery import LEASE_SECONDS
from adnode.services.notification_trials import Outcome
from adnode.services.secret_rotation import SealingReport, SecretRotationService
from adnode.services.subscribers import SubscriberEdit

HANGS = NotificationFailedError("smtp.example.com did not answer in time.", Step.CONNECTION)
REFUSED = NotificationFailedError(
    "The server refused the recipient's address.", Step.RECIPIENT, is_lasting=True, is_of_receiver=True
)


@pytest.fixture
def telling() -> Telling:
    made = Telling()
    made.configure()
    return made


def test_a_thousand_errors_are_one_mail(telling: Telling) -> None:
    telling.subscribe()
    for number in range(10):
        telling.fail(100, message=f"Field {number} is missing.")
        telling.round(5)
    telling.rounds(600)
    assert telling.subjects == ["org: 1,000 errors, rule violation at connection c1"]
    [mail] = telling.mails.sent
    assert "1,000 x rule violation" in mail.text
    assert mail.text.count("Field") == 3
    assert "and 997 more" in mail.text
    [delivery] = telling.deliveries()
    assert (delivery.notice.error_count, delivery.status) == (1000, DeliveryStatus.SENT)


def test_one_mail_names_each_group(telling: Telling) -> None:
    telling.subscribe()
    telling.fail(3)
    telling.fail(connection_id="", code="peer_unreachable", impact=Impact.CONNECTION, message="<b>Gone</b>")
    telling.rounds(80)
    assert telling.subjects == ["org: 4 errors in 2 groups"]
    assert "&lt;b&gt;Gone&lt;/b&gt;" in telling.mails.sent[0].html
    assert "peer unreachable at this node" in telling.mails.sent[0].text


def test_a_mail_leads_to_the_errors_of_its_organization(telling: Telling) -> None:
    telling.subscribe()
    telling.fail()
    telling.rounds(80)
    [mail] = telling.mails.sent
    [delivery] = telling.deliveries()
    address = f"{delivery.notice.organization_url}/_settings/idalko-tools.exalate.adnode#errors"
    assert f"What to do: {address}\n" in mail.text
    assert f'<a href="{address}">' in mail.html


def test_repeats_of_an_error_tell_nothing_new(telling: Telling) -> None:
    telling.subscribe()
    for _ in range(30):
        telling.fail(twin_id="t1")
        telling.round()
    assert len(telling.mails.sent) == 1


def test_what_was_there_before_the_subscriber_is_not_told(telling: Telling) -> None:
    telling.fail(5)
    telling.subscribe()
    telling.rounds(300)
    assert telling.mails.sent == []


def test_what_is_over_before_anybody_is_told_is_not_told(telling: Telling) -> None:
    telling.subscribe()
    telling.fail()
    telling.round()
    telling.mend()
    telling.rounds(300)
    assert telling.mails.sent == []


def test_an_error_that_comes_and_goes_is_told_once_an_hour(telling: Telling) -> None:
    telling.subscribe()
    for _ in range(36):
        telling.fail(twin_id="t1")
        telling.rounds(90)
        telling.mend()
        telling.round()
    assert telling.clock.now() > telling.mails.sent[0].written_at + timedelta(minutes=55)
    assert len(telling.mails.sent) == 1
    telling.fail(twin_id="t1")
    telling.rounds(900)
    assert len(telling.mails.sent) == 2


def test_another_kind_of_error_does_not_wait_for_the_hour(telling: Telling) -> None:
    telling.subscribe()
    telling.fail()
    telling.rounds(80)
    telling.fail(code="project_not_found", impact=Impact.CONNECTION)
    telling.rounds(80)
    assert len(telling.mails.sent) == 2


def test_a_digest_comes_at_the_full_hour_or_in_the_morning(telling: Telling) -> None:
    telling.at(datetime(2027, 3, 1, 9, 20, tzinfo=UTC))
    telling.subscribe("hourly@example.com", digest=Digest.HOURLY)
    telling.subscribe("daily@example.com", digest=Digest.DAILY)
    telling.fail(2)
    telling.rounds(2100)
    assert telling.mails.sent == []
    telling.fail(1)
    telling.rounds(600)
    [hourly] = telling.mails.sent
    assert (hourly.recipient, "3 errors" in hourly.subject) == ("hourly@example.com", True)
    telling.at(datetime(2027, 3, 2, 6, 59, tzinfo=UTC))
    telling.round()
    assert len(telling.mails.sent) == 1
    telling.round(60)
    assert [mail.recipient for mail in telling.mails.sent[1:]] == ["daily@example.com"]


def test_a_digest_goes_out_after_a_night_without_the_node(telling: Telling) -> None:
    telling.at(datetime(2027, 3, 1, 9, 20, tzinfo=UTC))
    telling.subscribe(digest=Digest.DAILY)
    telling.fail()
    telling.round()
    telling.at(datetime(2027, 3, 4, 12, 0, tzinfo=UTC))
    telling.round()
    assert len(telling.mails.sent) == 1


def test_only_who_wants_to_know_is_told(telling: Telling) -> None:
    telling.subscribe("items@example.com", impacts={Impact.WORK_ITEM})
    telling.subscribe("node@example.com", impacts={Impact.NODE, Impact.WARNING})
    telling.fail()
    telling.rounds(80)
    assert [mail.recipient for mail in telling.mails.sent] == ["items@example.com"]


def test_an_organization_never_hears_of_another(telling: Telling) -> None:
    telling.configure("other")
    telling.subscribe("ada@other.example", organization_id="other")
    telling.subscribe()
    telling.fail()
    telling.rounds(80)
    assert [mail.recipient for mail in telling.mails.sent] == ["ada@example.com"]
    assert telling.deliveries("other") == []


def test_without_a_mail_server_mails_wait_and_what_is_still_open_is_told(telling: Telling) -> None:
    telling.services.servers.remove(telling.session())
    telling.subscribe()
    telling.fail(2)
    telling.rounds(300)
    telling.mend(connection_id="c1", twin_id="t-id-5")
    telling.fail()
    assert (telling.deliveries(), telling.troubles()) == ([], [])
    telling.configure()
    telling.rounds(80)
    assert len(telling.mails.sent) == 1


# failing ---------------------------------------------------------------------------------------------------------


def test_a_mail_that_cannot_be_sent_is_an_error_record_and_arrives_later(telling: Telling) -> None:
    telling.subscribe()
    telling.mails.failure = HANGS
    telling.fail()
    telling.rounds(80)
    [trouble] = telling.troubles()
    assert trouble.message == (
        "No mail can be sent. smtp.example.com did not answer in time. It is tried again by itself for a day."
    )
    assert (trouble.impact, trouble.is_transient) == (Impact.WARNING, True)
    telling.rounds(1800)
    [delivery] = telling.deliveries()
    assert (delivery.status, delivery.error, delivery.attempts) == (DeliveryStatus.WAITING, HANGS.message, 5)
    telling.mails.failure = None
    telling.rounds(3600)
    [mail] = telling.mails.sent
    assert mail.message_id == f"{delivery.id}@example.com"
    assert telling.troubles() == []
    assert telling.deliveries()[0].error == ""


def test_a_broken_mail_server_is_one_error_and_tells_nobody_by_mail(telling: Telling) -> None:
    people = [telling.subscribe(f"p{number}@example.com") for number in range(3)]
    hook = telling.subscribe("https://hooks.example/x", ChannelKind.WEBHOOK)
    telling.mails.failure = HANGS
    telling.fail()
    telling.rounds(4000)
    assert [record.subject for record in telling.troubles()] == ["email:server"]
    assert len([one for one in telling.deliveries() if one.kind is ChannelKind.EMAIL]) == 3
    # The webhook is told of the error, and that mails fail.
    codes = [json.loads(one[2].body)["data"]["groups"][0]["code"] for one in telling.webhooks.sent]
    assert codes == ["rule_violation", "notification_failed"]
    assert telling.subscriber(people[0].id).trouble == HANGS.message
    assert telling.subscriber(hook.id).trouble == ""


def test_two_broken_channels_do_not_tell_of_each_other_for_ever(telling: Telling) -> None:
    telling.subscribe()
    telling.subscribe("https://hooks.example/x", ChannelKind.WEBHOOK)
    telling.mails.failure = HANGS
    telling.webhooks.failure = NotificationFailedError("500", Step.ANSWER, is_of_receiver=True)
    telling.fail()
    telling.rounds(20 * 3600)
    assert len(telling.deliveries()) == 4
    assert len(telling.troubles()) == 2


def test_a_receiver_that_is_refused_is_given_up_alone(telling: Telling) -> None:
    gone = telling.subscribe("gone@example.com")
    telling.mails.failure = REFUSED
    telling.fail()
    telling.rounds(80)
    [trouble] = telling.troubles()
    assert trouble.message.startswith("gone@example.com can't be told of errors. The server refused")
    assert (trouble.subject, trouble.is_transient) == (f"email:{gone.id}", False)
    [delivery] = telling.deliveries()
    assert delivery.status is DeliveryStatus.FAILED
    telling.mails.failure = None
    again = telling.services.deliveries.send_again(telling.session(), delivery.id)
    assert again.status is DeliveryStatus.WAITING
    telling.round()
    assert [mail.message_id for mail in telling.mails.sent] == [f"{delivery.id}@example.com"]
    assert telling.troubles() == []
    with pytest.raises(StateError, match="sent"):
        telling.services.deliveries.send_again(telling.session(), delivery.id)


def test_after_about_a_day_it_is_given_up(telling: Telling) -> None:
    telling.subscribe()
    telling.mails.failure = HANGS
    telling.fail()
    began = telling.clock.now()
    for _ in range(400):
        telling.round(300)
        if telling.deliveries() and telling.deliveries()[0].status is DeliveryStatus.FAILED:
            break
    assert timedelta(hours=18) < telling.clock.now() - began < timedelta(hours=30)
    [trouble] = telling.troubles()
    assert "given up" in trouble.message


def test_saving_the_mail_server_sends_what_waits(telling: Telling) -> None:
    telling.subscribe()
    telling.mails.failure = HANGS
    telling.fail()
    telling.rounds(4000)
    telling.mails.failure = None
    server = telling.services.servers.show(telling.session())
    assert server is not None
    telling.services.servers.save(telling.session(), server.revision, replace(SERVER, host="new.example.com"))
    telling.round()
    assert len(telling.mails.sent) == 1


def test_a_password_that_cannot_be_opened_is_an_error_like_any_other(telling: Telling) -> None:
    telling.subscribe()
    with telling.changing() as work:
        server = work.notifications.servers.find("org")
        assert server is not None
        work.notifications.servers.save(replace(server, sealed_password=b"of another key"))
    telling.fail()
    telling.rounds(80)
    [trouble] = telling.troubles()
    assert trouble.subject == "email:server"


# crashes and several processes ----------------------------------------------------------------------------------


class KilledError(BaseException):
    """The process died here."""


def test_death_between_sending_and_noting_repeats_the_same_mail_at_most(telling: Telling) -> None:
    telling.subscribe()
    telling.subscribe("https://hooks.example/x", ChannelKind.WEBHOOK)
    telling.fail()
    telling.rounds(60)
    sent = telling.mails.sent
    hooks = telling.webhooks.sent

    def die_after_mail(server: object, password: str, mail: Mail, limit_seconds: float) -> None:
        sent.append(mail)
        raise KilledError

    def die_after_hook(url: str, secret: str, message: Any, limit_seconds: float) -> None:
        hooks.append((url, secret, message))
        raise KilledError

    telling.mails.send, telling.webhooks.send = die_after_mail, die_after_hook
    for _ in range(2):
        with pytest.raises(KilledError):
            telling.round()
    survivor = Telling(owner="b", storage=telling.storage, clock=telling.clock, ids=telling.ids, vault=telling.vault)
    survivor.rounds(160)
    assert survivor.mails.sent == []
    survivor.rounds(100)
    assert [mail.message_id for mail in survivor.mails.sent] == [mail.message_id for mail in sent]
    assert [one[2].id for one in survivor.webhooks.sent] == [one[2].id for one in hooks]
    survivor.rounds(4000)
    assert len(survivor.mails.sent) == len(survivor.webhooks.sent) == 1
    assert {one.status for one in survivor.deliveries()} == {DeliveryStatus.SENT}


def test_death_before_the_delivery_is_stored_loses_nothing(telling: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    telling.subscribe()
    telling.fail()
    telling.rounds(50)
    with monkeypatch.context() as patch:
        patch.setattr(type(telling.services.telling), "_make_delivery", lambda *_: (_ for _ in ()).throw(KilledError()))
        with pytest.raises(KilledError):
            telling.round()
    telling.rounds(80)
    assert len(telling.mails.sent) == 1


def test_two_processes_send_each_thing_once(telling: Telling) -> None:
    other = Telling(owner="b", storage=telling.storage, clock=telling.clock, ids=telling.ids, vault=telling.vault)
    for number in range(5):
        telling.subscribe(f"p{number}@example.com")
    telling.fail(5)
    for _ in range(20):
        telling.round(5)
        other.round(5)
    recipients = [mail.recipient for mail in [*telling.mails.sent, *other.mails.sent]]
    assert sorted(recipients) == [f"p{number}@example.com" for number in range(5)]


@pytest.mark.parametrize("kind", list(ChannelKind))
def test_a_process_that_stood_still_sends_nothing_that_another_one_has_sent(
    telling: Telling, kind: ChannelKind
) -> None:
    other = Telling(owner="b", storage=telling.storage, clock=telling.clock, ids=telling.ids, vault=telling.vault)
    telling.subscribe("https://hooks.example/x" if kind is ChannelKind.WEBHOOK else "ada@example.com", kind)
    telling.fail()
    telling.rounds(60)
    inner = telling.vault.open

    def stand_still(sealed: bytes, context: str) -> bytes:
        telling.vault.open = inner
        telling.clock.advance(LEASE_SECONDS + 1)
        other.services.telling.run(Event())
        return bytes(inner(sealed, context))

    telling.vault.open = stand_still
    telling.round()
    telling.rounds(400)
    assert len(other.mails.sent) + len(other.webhooks.sent) == 1
    assert telling.mails.sent == telling.webhooks.sent == []


def test_a_node_that_stops_sends_nothing_more(telling: Telling) -> None:
    telling.subscribe()
    telling.fail()
    telling.rounds(60)
    stopping = Event()
    stopping.set()
    telling.clock.advance(20)
    telling.services.telling.run(stopping)
    assert telling.mails.sent == []


# subscribers who change or go ------------------------------------------------------------------------------------


def test_the_link_in_a_mail_unsubscribes_its_reader(telling: Telling) -> None:
    reader = telling.subscribe()
    other = telling.subscribe("other@example.com")
    telling.fail()
    telling.rounds(80)
    mail = next(one for one in telling.mails.sent if one.recipient == "ada@example.com")
    prefix, _, token = mail.unsubscribe_url.rpartition("/")
    assert (prefix, mail.unsubscribe_url in mail.text) == ("https://node.example/unsubscribe", True)
    subscribers = telling.services.subscribers
    assert not subscribers.unsubscribe(token[:-1])
    assert subscribers.find_reader(token) == telling.subscriber(reader.id)
    assert subscribers.unsubscribe(token)
    assert subscribers.unsubscribe(token)
    assert telling.subscriber(reader.id).status is SubscriberStatus.UNSUBSCRIBED
    assert telling.subscriber(other.id).status is SubscriberStatus.ACTIVE
    telling.fail(code="other")
    telling.rounds(80)
    assert [mail.recipient for mail in telling.mails.sent[2:]] == ["other@example.com"]
    with telling.storage.unit_of_work() as work:
        actions = [entry.action for entry in work.audit.list_page("org", limit=50)]
    assert actions.count("subscriber_unsubscribed") == 1


def test_a_token_is_stored_as_its_hash_only(telling: Telling) -> None:
    telling.subscribe()
    telling.fail()
    telling.rounds(80)
    token = telling.mails.sent[0].unsubscribe_url.rpartition("/")[2]
    assert token not in repr(telling.storage._tables)


def test_an_old_link_is_not_for_the_new_address(telling: Telling) -> None:
    reader = telling.subscribe()
    telling.fail()
    telling.rounds(80)
    token = telling.mails.sent[0].unsubscribe_url.rpartition("/")[2]
    telling.services.subscribers.change(
        telling.session(), reader.id, reader.revision, SubscriberEdit(address="new@example.com")
    )
    assert not telling.services.subscribers.unsubscribe(token)


def test_a_node_without_an_address_says_whom_to_ask() -> None:
    telling = Telling(node_url="")
    telling.configure()
    telling.subscribe()
    telling.fail()
    telling.rounds(80)
    [mail] = telling.mails.sent
    assert mail.unsubscribe_url == ""
    assert "ask an administrator" in mail.text


def test_what_waits_for_somebody_who_goes_is_cancelled(telling: Telling) -> None:
    paused, removed = telling.subscribe("paused@example.com"), telling.subscribe("removed@example.com")
    telling.mails.failure = HANGS
    telling.fail()
    telling.rounds(80)
    subscribers, session = telling.services.subscribers, telling.session()
    subscribers.change(session, paused.id, paused.revision, SubscriberEdit(is_active=False))
    subscribers.remove(session, removed.id)
    telling.mails.failure = None
    telling.rounds(4000)
    assert telling.mails.sent == []
    assert {one.status for one in telling.deliveries()} == {DeliveryStatus.CANCELLED}


def test_who_is_told_again_is_told_of_what_comes_then(telling: Telling) -> None:
    reader = telling.subscribe()
    subscribers, session = telling.services.subscribers, telling.session()
    subscribers.change(session, reader.id, 1, SubscriberEdit(is_active=False))
    telling.fail(3)
    telling.rounds(80)
    subscribers.change(session, reader.id, 2, SubscriberEdit(is_active=True))
    telling.rounds(80)
    assert telling.mails.sent == []
    telling.fail()
    telling.rounds(80)
    assert telling.subjects == ["org: 1 error, rule violation at connection c1"]


def test_a_wider_wish_counts_from_now_on(telling: Telling) -> None:
    reader = telling.subscribe(impacts={Impact.NODE})
    telling.fail(3)
    telling.fail(impact=Impact.NODE, code="feed_stopped", connection_id="")
    telling.services.subscribers.change(telling.session(), reader.id, 1, SubscriberEdit(impacts=frozenset(Impact)))
    telling.rounds(80)
    assert telling.subjects == ["org: 1 error, feed stopped at this node"]


def test_what_is_old_is_forgotten(telling: Telling) -> None:
    telling.subscribe()
    telling.fail()
    telling.rounds(80)
    token = telling.mails.sent[0].unsubscribe_url.rpartition("/")[2]
    telling.mend()
    telling.clock.advance(40 * 86400)
    assert not telling.services.telling.tidy(Event())
    assert telling.deliveries() == []
    assert telling.storage._tables.notices == {}
    assert telling.services.subscribers.find_reader(token) is not None
    telling.clock.advance(400 * 86400)
    telling.services.telling.tidy(Event())
    assert telling.services.subscribers.find_reader(token) is None


def test_passwords_and_webhook_secrets_follow_a_new_sealing_key() -> None:
    old, new = b"o" * 32, b"n" * 32
    telling = Telling(vault=AesGcmVault([old]))
    telling.configure()
    hook = telling.subscribe("https://hooks.example/x", ChannelKind.WEBHOOK)
    report = SecretRotationService(telling.storage.unit_of_work, AesGcmVault([new, old])).seal_anew()
    assert report == SealingReport(total=2, sealed_anew=2)
    renewed = Telling(storage=telling.storage, clock=telling.clock, vault=AesGcmVault([new]))
    for results in (
        renewed.services.trials.try_server(renewed.session(), None, "ada@example.com"),
        renewed.services.trials.try_subscriber(renewed.session(), hook.id),
    ):
        assert {one.outcome for one in results} <= {Outcome.PASSED, Outcome.SKIPPED}
    assert renewed.mails.passwords == [SERVER.password]
    assert renewed.webhooks.sent[0][1].startswith("whsec_")
