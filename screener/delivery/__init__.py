"""Mail: what it says, how it is put together, and how it goes out.

The room knows nothing of reports or of the store: a :class:`Matter` comes in as plain values, bytes go out to a server.
"""

from screener.delivery.headers import message_id
from screener.delivery.message import Composed, compose, with_id
from screener.delivery.model import Chip, Count, Deadline, Digest, Kind, Matter, Task
from screener.delivery.words import languages, words_in

__all__ = [
    "Chip",
    "Composed",
    "Count",
    "Deadline",
    "Digest",
    "Kind",
    "Matter",
    "Task",
    "compose",
    "languages",
    "message_id",
    "with_id",
    "words_in",
]
