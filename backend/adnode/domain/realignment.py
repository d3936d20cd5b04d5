"""What has to be done with twins as a whole, beside what happens to them one by one."""

from enum import StrEnum


class Realignment(StrEnum):
    """What has to be done with a twin as a whole before it rests again; of a connection: with all its twins, once a
    person activates it.

    NONE: nothing. RESEND: its work item is read and its whole state is sent, as after a brake. DUE: one of its nodes
    went back, as after restoring a backup, so that nothing stored is trusted before both sides have compared. GREETED:
    the partner was told what is stored here, and its word is awaited before the work item is read. REREAD: everything
    of the work item is read once, its comments too, whatever its revision says.
    """

    NONE = ""
    RESEND = "resend"
    DUE = "due"
    GREETED = "greeted"
    REREAD = "reread"
