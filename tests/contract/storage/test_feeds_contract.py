"""Change feed positions and nonces, on every storage."""

from tests.contract.storage.databases import AnyStorage, changing
from tests.contract.storage.values import NOW, later


def test_a_feed_starts_without_a_token_and_keeps_the_last(storage: AnyStorage) -> None:
    with changing(storage) as work:
        assert work.feeds.token("org") is None
        work.feeds.save_token("org", "1")
        work.feeds.save_token("org", "2")
    with storage.unit_of_work() as work:
        assert (work.feeds.token("org"), work.feeds.token("other")) == ("2", None)


def test_one_reader_reads_a_round(storage: AnyStorage) -> None:
    with changing(storage) as work:
        assert work.feeds.claim("org", "a", NOW, 60, 30)
        assert not work.feeds.claim("org", "b", later(59.9), 60, 30)
        assert not work.feeds.claim("org", "a", later(59.9), 60, 30)
        assert work.feeds.claim("other", "b", NOW, 60, 30)


def test_a_lease_that_ran_out_is_free(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.feeds.claim("org", "a", NOW, 60, 30)
        assert work.feeds.claim("org", "b", later(60), 60, 30)
        work.feeds.finish("org", "a", later(61))
        assert not work.feeds.claim("org", "a", later(100), 60, 30)


def test_the_next_round_begins_an_interval_after_the_last_ended(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.feeds.claim("org", "a", NOW, 60, 30)
        work.feeds.finish("org", "a", later(5))
        assert not work.feeds.claim("org", "b", later(34.9), 60, 30)
        assert work.feeds.claim("org", "b", later(35), 60, 30)


def test_a_round_leaves_the_token(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.feeds.save_token("org", "1")
        work.feeds.claim("org", "a", NOW, 60, 30)
        work.feeds.finish("org", "a", later(5))
        assert work.feeds.token("org") == "1"


def test_pages_that_were_taken_over_are_counted(storage: AnyStorage) -> None:
    with changing(storage) as work:
        assert work.feeds.pages("org") == 0
        work.feeds.count_page("org")
        work.feeds.count_page("org")
        work.feeds.count_page("other")
    with changing(storage) as work:
        work.feeds.save_token("org", "3")
        work.feeds.claim("org", "a", NOW, 60, 30)
        work.feeds.finish("org", "a", later(5))
    with storage.unit_of_work() as work:
        assert (work.feeds.pages("org"), work.feeds.pages("other"), work.feeds.pages("none")) == (2, 1, 0)


def test_a_lease_is_prolonged_by_its_owner_only(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.feeds.claim("org", "a", NOW, 60, 30)
        assert work.feeds.extend("org", "a", later(50), 60)
        assert not work.feeds.extend("org", "b", later(50), 600)
        assert not work.feeds.extend("other", "a", later(50), 60)
        assert not work.feeds.claim("org", "b", later(109), 60, 30)
        assert work.feeds.claim("org", "b", later(110), 60, 30)
        assert not work.feeds.extend("org", "a", later(111), 60)


def test_a_look_back_is_due_an_hour_after_the_last(storage: AnyStorage) -> None:
    with changing(storage) as work:
        assert work.feeds.looked_back_at("org") is None
        work.feeds.note_look_back("org", NOW)
        work.feeds.note_look_back("org", later(10))
    with storage.unit_of_work() as work:
        assert (work.feeds.looked_back_at("org"), work.feeds.looked_back_at("other")) == (later(10), None)


def test_finishing_what_was_never_claimed_does_nothing(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.feeds.finish("org", "a", NOW)
        assert work.feeds.claim("org", "a", NOW, 60, 30)


def test_a_nonce_is_new_once_for_its_key(storage: AnyStorage) -> None:
    with changing(storage) as work:
        assert work.nonces.remember("key", "n", later(60))
        assert not work.nonces.remember("key", "n", later(90))
        assert work.nonces.remember("other", "n", later(60))
        assert work.nonces.remember("key", "m", later(60))
    with changing(storage) as work:
        assert not work.nonces.remember("key", "n", later(60))


def test_expired_nonces_are_forgotten(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.nonces.remember("key", "early", later(10))
        work.nonces.remember("key", "late", later(20))
        assert work.nonces.forget_expired(later(10)) == 0
        assert work.nonces.forget_expired(later(15)) == 1
        assert work.nonces.remember("key", "early", later(30))
        assert not work.nonces.remember("key", "late", later(30))
