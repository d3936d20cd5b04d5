"""The count of the database's states."""

import uuid

from sqlalchemy import select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from adnode.adapters.storage.rows import PlainKey, Row
from adnode.adapters.storage.statements import changed_rows
from adnode.adapters.storage.upserts import insert_new
from adnode.domain.epoch import Epoch


class EpochRow(Row):
    """The one row that names this database; it is made with the table, or anew where somebody emptied it."""

    __tablename__ = "epochs"
    database_id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    number: Mapped[int]


class SqlEpochs:
    """EpochRepository on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def current(self) -> Epoch:
        query = select(EpochRow.database_id, EpochRow.number).order_by(EpochRow.database_id)
        row = self._session.execute(query).first()
        if row is None:
            insert_new(self._session, EpochRow, {"database_id": uuid.uuid4().hex, "number": 0})
            row = self._session.execute(query).one()
        return Epoch(row.database_id, row.number)

    def step(self) -> None:
        self.current()
        self._session.execute(update(EpochRow).values(number=EpochRow.number + 1))

    def leap(self, number: int) -> None:
        changed_rows(self._session, update(EpochRow).where(EpochRow.number < number).values(number=number))
