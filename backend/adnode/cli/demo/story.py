"""What the demo does, step by step, and what it shows of it."""

from collections.abc import Callable
from typing import Any, TypeVar

from adnode.cli.demo.landscape import Landscape
from adnode.cli.demo.processes import DemoError, wait_until
from adnode.cli.demo.samples import create_samples

ARRIVAL_SECONDS = 60.0
CONNECTION_NAME = "Fabrikam and Contoso"

Say = Callable[[str], None]
T = TypeVar("T")


class Story:
    """Connects the two sides, puts work items under sync and changes things on both."""

    def __init__(self, landscape: Landscape, say: Say) -> None:
        self._public = landscape.public
        self._private = landscape.private
        self._landscape = landscape
        self._say = say
        self._connection_id = ""
        self._pairs: dict[int, int] = {}

    def tell(self) -> dict[int, int]:
        """Do everything; return the private side's work item numbers by the public side's. Raises DemoError."""
        self.connect()
        self.synchronize()
        self.change_publicly()
        self.change_privately()
        return self._pairs

    def connect(self) -> None:
        """Make the connection by an invitation code, as two administrators would."""
        made = self._public.node.command(
            "connection", "initiate", self._public.organization_id, self._public.organization.project, CONNECTION_NAME
        )
        code = str(made["code"])
        self._say(f"The public side invites with a code: {code[:32]}… ({len(code)} characters)")
        accepted = self._private.node.command(
            "connection",
            "accept",
            self._private.organization_id,
            self._private.organization.project,
            "--code-file",
            "-",
            given=code,
        )
        self._connection_id = str(accepted["id"])
        self._say(f"The private side accepted: connection {accepted['name']} is {accepted['status']}")

    def synchronize(self) -> None:
        """Put the sample work items of the public side under sync."""
        numbers = create_samples(self._public.user)
        self._say(f"Work items {_listed(numbers)} were written in {self._public.organization.project}")
        self._public.node.command("work-item", "sync", self._connection_id, *map(str, numbers))
        for number in numbers:
            self._pairs[number] = self._wait_for_counterpart(number)
            fields = self._private.user.fields(self._pairs[number])
            kind, title = fields["System.WorkItemType"], fields["System.Title"]
            self._say(f"  {number} arrived as {kind} {self._pairs[number]}: {title}")
        self._show_contents(numbers[0])

    def change_publicly(self) -> None:
        """Change a work item on the public side."""
        number, other = next(iter(self._pairs.items()))
        self._public.user.update(number, {"System.Title": "Customers sign in with their own account"})
        comment = self._public.user.add_comment(number, "<p>Renamed after the review.</p>")
        self._say(f"Public side: work item {number} gets another title and comment {comment}")
        self._wait(lambda: "own account" in self._title(other), "the new title arrives on the private side")
        self._wait(lambda: self._has_comment(other, "Renamed after"), "the comment arrives on the private side")
        self._say(f"  arrived in work item {other}: {self._title(other)}")

    def change_privately(self) -> None:
        """Change a work item on the private side."""
        number, other = list(self._pairs.items())[1]
        self._private.user.update(other, {"System.Title": "The total is rounded once too often"})
        self._private.user.attach(other, "fix.txt", b"Round at the end only.\n")
        self._say(f"Private side: work item {other} gets another title and a file")
        user = self._public.user
        self._wait(lambda: "too often" in str(user.fields(number)["System.Title"]), "the title comes back")
        self._wait(lambda: "fix.txt" in user.attachments(number), "the file comes to the public side")
        self._say(
            f"  arrived in work item {number}, fix.txt: {_text(user.download(user.attachments(number)['fix.txt']))}"
        )

    def _show_contents(self, number: int) -> None:
        other = self._pairs[number]
        user = self._private.user
        self._wait(lambda: "acceptance.txt" in user.attachments(other), "the attached file arrives")
        self._wait(lambda: self._has_comment(other, "agreed"), "the comment arrives")
        description = str(user.fields(other).get("System.Description", ""))
        if user.organization_url not in description:
            raise DemoError("The inline image does not point to the private side's own copy.")
        self._say(f"  with formatted text, its image at {user.organization_url}, {len(user.comments(other))} comment")
        self._say(f"  and acceptance.txt: {_text(user.download(user.attachments(other)['acceptance.txt']))}")

    def _wait_for_counterpart(self, number: int) -> int:
        return self._wait(lambda: self._counterpart(number), f"work item {number} arrives")

    def _counterpart(self, number: int) -> int:
        twins: list[dict[str, Any]] = self._public.node.command("work-item", "status", str(number))
        remote = twins[0]["remote_work_item_id"] if twins else None
        return int(remote or 0)

    def _title(self, other: int) -> str:
        return str(self._private.user.fields(other)["System.Title"])

    def _has_comment(self, other: int, words: str) -> bool:
        return any(words in str(comment["text"]) for comment in self._private.user.comments(other))

    def _wait(self, condition: Callable[[], T], what: str) -> T:
        def checked() -> T:
            self._landscape.check()
            return condition()

        return wait_until(checked, ARRIVAL_SECONDS, what)


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))


def _text(content: bytes) -> str:
    return content.decode().splitlines()[0]
