"""Decides what can go wrong, in one tree.

AlmatyError                 what was found, where, and what would be right
├── SourceError             a file of the repository is not what it should be
├── Rejected                a repository whose report has errors: no release comes of it
├── ReleaseError            a folder is not the release that it says it is
├── AddressTaken             the address to listen on cannot be had
├── NotFound                nothing is published under that name
├── ReleaseGone             what was asked for belongs to another release than the one that is here
├── NotAcceptable           no format on offer is accepted
├── InputError              data or shapes that were sent cannot be used
├── QueryError              a query is malformed, or asks for what is not allowed
│   └── QueryTooLong        ... or is longer than a query may be
├── LimitReached            a query needs more than a query may have
│   ├── TimeLimitReached
│   ├── MemoryLimitReached
│   └── AnswerLimitReached
└── EngineError             the engine did not answer
    ├── EngineBusy          ... because too many are waiting
    │   └── TooManyQueries  ... of the same client
    └── RemoteError         ... and is somebody else's, who answered wrongly or not at all

The web and the command line translate them; nothing else does.
"""


class AlmatyError(Exception):
    """What was found, where, and what would be right."""


class SourceError(AlmatyError):
    """A file is not what it should be; line and column count from 1."""

    def __init__(self, path: str, line: int | None, message: str, column: int | None = None) -> None:
        place = ":".join(str(part) for part in (path, line, column) if part is not None)
        super().__init__(f"{place}: {message}")
        self.path, self.line, self.message, self.column = path, line, message, column


class Rejected(AlmatyError):
    """A repository whose report has errors: no release comes of it."""


class ReleaseError(AlmatyError):
    """A folder is not the release that it says it is."""


class ExportRefused(AlmatyError):
    """A folder cannot take an export, or something that belongs into it is missing."""


class AddressTaken(AlmatyError):
    """The address to listen on cannot be had."""


class NotFound(AlmatyError):
    """Nothing is published under that name."""


class ReleaseGone(AlmatyError):
    """What was asked for belongs to another release than the one that is here."""


class NotAcceptable(AlmatyError):
    """No format on offer is accepted."""

    def __init__(self, accept: str, offer: tuple[str, ...]) -> None:
        super().__init__(f"nothing on offer is accepted by {accept!r}; on offer: {', '.join(offer)}")
        self.offer = offer


class InputError(AlmatyError):
    """Data or shapes cannot be used; line and column, which the message has too, count from 1."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.line, self.column = line, column


class QueryError(AlmatyError):
    """A query is malformed, or asks for what is not allowed; line and column count from 1."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message if line is None else f"{message} (line {line}, column {column})")
        self.message, self.line, self.column = message, line, column


class QueryTooLong(QueryError):
    """A query is longer than a query may be."""


class LimitReached(AlmatyError):
    """A query needs more than a query may have."""


class TimeLimitReached(LimitReached):
    """A query ran for longer than it may."""


class MemoryLimitReached(LimitReached):
    """A query needed more memory than it may have."""


class AnswerLimitReached(LimitReached):
    """An answer is larger than an answer may be."""


class EngineError(AlmatyError):
    """The engine did not answer."""


class EngineBusy(EngineError):
    """Too many queries are waiting; asking again later helps."""


class TooManyQueries(EngineBusy):
    """One client has more queries, or has used more time, than one client may."""


class RemoteError(EngineError):
    """An engine elsewhere answered wrongly, or not at all."""
