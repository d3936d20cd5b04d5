"""Connecting two work items that exist already: on what terms they become a pair."""

from dataclasses import dataclass
from enum import StrEnum

from adnode.domain.sync_state import ATTACHMENT_PREFIX, COMMENT_PREFIX


class KeptContent(StrEnum):
    """Whose title, description and type stand on both sides from then on. BOTH: each work item keeps its own."""

    LOCAL = "local"
    REMOTE = "remote"
    BOTH = "both"

    def mirrored(self) -> "KeptContent":
        """Return the same as the peer says it."""
        swapped = {KeptContent.LOCAL: KeptContent.REMOTE, KeptContent.REMOTE: KeptContent.LOCAL}
        return swapped.get(self, self)


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a work item was connected to one of the other side, as this side sees it.

    ``comments`` and ``attachments`` say whether those that both work items have already travel. What the terms leave
    out stays where it is, on both sides: it is the baseline, and only a later change of it is told.
    """

    remote_work_item_id: int
    content: KeptContent = KeptContent.BOTH
    comments: bool = False
    attachments: bool = False

    def mirrored(self, remote_work_item_id: int) -> "Terms":
        """Return the terms as the peer holds them; the argument is the work item that is remote for the peer."""
        return Terms(remote_work_item_id, self.content.mirrored(), self.comments, self.attachments)

    def tells(self, key: str) -> bool:
        """Say whether the peer learns what the register of that key holds at connecting."""
        if key.startswith(COMMENT_PREFIX):
            return self.comments
        if key.startswith(ATTACHMENT_PREFIX):
            return self.attachments
        return self.content is KeptContent.LOCAL
