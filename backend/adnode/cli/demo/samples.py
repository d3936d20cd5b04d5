"""The sample work items of the demo."""

import struct
import zlib

from adnode.cli.demo.azure_devops import AzureDevOpsUser

DESCRIPTION = "System.Description"


def make_picture(width: int = 48, height: int = 32, color: tuple[int, int, int] = (0, 120, 212)) -> bytes:
    """Return a small picture in one color (PNG, ISO/IEC 15948)."""
    row = b"\0" + bytes(color) * width
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(row * height)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def create_samples(user: AzureDevOpsUser) -> list[int]:
    """Create the work items of the public side and return their numbers."""
    picture = user.upload("login-page.png", make_picture())
    story = user.create(
        "User Story",
        {
            "System.Title": "Customers sign in with their company account",
            DESCRIPTION: "<p>A customer chooses <b>Sign in</b> and comes back <i>signed in</i>:</p>"
            "<ul><li>no new password</li><li>works on a telephone</li></ul>"
            f'<p><img src="{picture}" alt="login page"></p>',
        },
    )
    user.add_comment(story, "<p>The design is <b>agreed</b> with the customer.</p>")
    user.attach(story, "acceptance.txt", b"1. Open the page.\n2. Choose Sign in.\n3. You are signed in.\n")
    bug = user.create(
        "Bug",
        {
            "System.Title": "The total is rounded twice",
            "Microsoft.VSTS.TCM.ReproSteps": "<p>Order three times 0.333. The total shows <code>1.00</code>.</p>",
        },
    )
    user.add_comment(bug, "<p>Seen by two customers.</p>")
    task = user.create("Task", {"System.Title": "Write the release notes", DESCRIPTION: "<p>One page.</p>"})
    return [story, bug, task]


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
