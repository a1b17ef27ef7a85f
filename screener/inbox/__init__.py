"""The folder in which holdings arrive: whose each file is, whether it is whole, and where it goes afterwards."""

from screener.inbox.folder import Inbox, inbox_of
from screener.inbox.moving import copy_in, put_folder_in_place, take_out
from screener.inbox.patterns import Owner, Pattern, patterns_of
from screener.inbox.watching import Arrival, Look, look, still

__all__ = [
    "Arrival",
    "Inbox",
    "Look",
    "Owner",
    "Pattern",
    "copy_in",
    "inbox_of",
    "look",
    "patterns_of",
    "put_folder_in_place",
    "still",
    "take_out",
]
