"""Telling of many errors takes no more statements than telling of one."""

from threading import Event

from tests.unit.adapters.storage.test_statement_counts import counted
from tests.unit.services.telling import Telling

from adnode.adapters.storage import Storage


def test_a_round_takes_as_many_statements_whatever_is_new(storage: Storage) -> None:
    telling = Telling(storage=storage)
    telling.configure()
    telling.subscribe()
    totals = []
    for code, count in (("one", 1), ("many", 200)):
        telling.fail(count, code=code)
        with counted() as statements:
            telling.round()
            telling.clock.advance(60)
            telling.services.telling.run(Event())
        totals.append(len(statements))
    assert len(telling.mails.sent) == 2
    assert totals[0] == totals[1]


def test_looking_at_what_was_told_already_changes_nothing(storage: Storage) -> None:
    telling = Telling(storage=storage)
    telling.configure()
    telling.subscribe()
    telling.fail(50)
    telling.rounds(80)
    with counted() as statements:
        telling.round()
    assert not [one for one in statements if one.startswith("DELETE")]
    assert len(telling.mails.sent) == 1
    assert len(statements) < 25
