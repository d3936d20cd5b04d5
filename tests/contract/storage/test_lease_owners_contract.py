"""Who holds leases, on every storage."""

import pytest
from tests.contract.storage.databases import AnyStorage, changing
from tests.contract.storage.values import NOW, later, make_twin

from adnode.domain.errors import LeaseLostError


def test_owners_of_all_kinds_of_leases_are_listed_and_released(storage: AnyStorage) -> None:
    with changing(storage) as work:
        assert work.lease_owners.list_all() == set()
        connection_id = work.connections.list_all()[0].id
        work.twins.add(make_twin("twin", connection_id=connection_id), due_at=NOW)
        [claim] = work.twins.claim(connection_id, "dead", NOW, 60, 10)
        work.feeds.claim("org", "dead", NOW, 60, 30)
        work.connections.claim_sender(connection_id, "living", NOW, 60)
        work.connections.claim_files(connection_id, "dead", NOW, 60)
    with changing(storage) as work:
        assert work.lease_owners.list_all() == {"dead", "living"}
        assert work.lease_owners.release("dead") == 3
        assert work.lease_owners.list_all() == {"living"}
    with changing(storage) as work:
        with pytest.raises(LeaseLostError):
            work.twins.finish(claim, claim.twin)
        assert [again.fence for again in work.twins.claim(connection_id, "heir", later(1), 60, 10)] == [claim.fence + 1]
        assert work.feeds.claim("org", "heir", later(1), 60, 30)
        assert not work.connections.claim_sender(connection_id, "heir", later(1), 60)
        assert work.connections.claim_files(connection_id, "heir", later(1), 60)
