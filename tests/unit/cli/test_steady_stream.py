"""Log lines on a full disk are lost, counted, and end nothing."""

import errno
import io

from adnode.cli.steady_stream import SteadyStream


class FullFile(io.StringIO):
    """A file on a disk that may be full."""

    is_full = False

    def write(self, text: str) -> int:
        if self.is_full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(text)


def test_lines_that_find_no_room_are_counted_and_told() -> None:
    file = FullFile()
    stream = SteadyStream(file)
    stream.write("one\n")
    file.is_full = True
    stream.write("two\n")
    stream.write("three\n")
    file.is_full = False
    stream.write("four\n")
    stream.write("five\n")
    assert file.getvalue() == 'one\n{"event": "log_lines_lost", "count": 2}\nfour\nfive\n'


def test_a_line_is_written_whole_however_it_comes() -> None:
    """Several processes write to one place: a line in parts would be mixed with those of the others."""
    file = FullFile()
    stream = SteadyStream(file)
    stream.write("one")
    assert file.getvalue() == ""
    stream.write("\n")
    assert file.getvalue() == "one\n"
