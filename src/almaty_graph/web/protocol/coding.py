"""Decides how a reply is compressed: the content coding that a client likes best, where it is worth it."""

import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Protocol

import brotli
import zstandard
from werkzeug.datastructures import Accept
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.http import parse_accept_header

# Measured on 76 kB of results as JSON and a page of 20 kB: at these levels each coding takes 0.1 to 0.25 ms
# for either, and makes 4 kB and 6 kB of them; the next level saves 2 % for up to twice the time.
_ZSTD_LEVEL: Final = 5
_BROTLI_QUALITY: Final = 5
_GZIP_LEVEL: Final = 6
_GZIP_WRAPPER: Final = 31  # zlib's word for a gzip member, which it dates 0: the same bytes at any time
_SMALL: Final = 1000  # bytes: what fits one packet with its headers arrives no sooner for being shorter
_READ: Final = 1024  # characters of an Accept-Encoding header that count
_COMPRESSED: Final = re.compile(
    r"(audio|video|font)/|image/(?!svg\+xml)|application/(gzip|zip|zstd|pdf|octet-stream)\b"
)


class _Encoder(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


class _Brotli:
    """Brotli's compressor by the names that the others have."""

    def __init__(self) -> None:
        compressor = brotli.Compressor(quality=_BROTLI_QUALITY)
        self.compress, self.flush = compressor.process, compressor.finish


@dataclass(frozen=True)
class Coding:
    """A content coding: its name in headers (RFC 9110, 8.4.1), and its bytes, the same for the same data."""

    name: str
    encode: Callable[[bytes], bytes] = field(repr=False)
    encoder: Callable[[], _Encoder] = field(repr=False)

    def encode_stream(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The coded bytes of data that come in chunks, no more of it in memory than the coding looks back."""
        encoder = self.encoder()
        yield from filter(None, map(encoder.compress, chunks))
        yield encoder.flush()

    def tag(self, etag: str) -> str:
        """The entity tag, without quotes, of a representation in this coding (RFC 9110, 8.8.3.3)."""
        return f"{etag}-{self.name}"


ZSTD: Final = Coding(
    "zstd",
    lambda data: zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(data),
    lambda: zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compressobj(),
)
BROTLI: Final = Coding("br", lambda data: brotli.compress(data, quality=_BROTLI_QUALITY), _Brotli)
GZIP: Final = Coding(
    "gzip",
    lambda data: zlib.compress(data, _GZIP_LEVEL, _GZIP_WRAPPER),
    lambda: zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WRAPPER),
)
CODINGS: Final = (ZSTD, BROTLI, GZIP)


def choose(accept_encoding: str | None, offer: tuple[Coding, ...] = CODINGS) -> Coding | None:
    """The coding that an Accept-Encoding header likes best, or None for none (RFC 9110, 12.5.3).

    At equal quality the order of the offer decides, and any coding wins over none. A header that excludes all
    of the offer and `identity` too is disregarded: an error would have a body like that as well.
    """
    liked = _rank((accept_encoding or "")[:_READ].lower(), tuple(coding.name for coding in offer))
    return next((coding for coding in offer if coding.name == liked[0]), None) if liked else None


def is_worthwhile(size: int | None, content_type: str | None) -> bool:
    """Whether to compress a body: not below 1 kB (None is unknown), nor what is compressed by its type."""
    return (size is None or size >= _SMALL) and not _COMPRESSED.match(content_type or "")


def choose_for(accept_encoding: str | None, size: int | None, content_type: str | None) -> Coding | None:
    """The coding for a body: none where it is not worthwhile, unless the header excludes `identity`."""
    liked = _rank((accept_encoding or "")[:_READ].lower(), ())
    return choose(accept_encoding) if not liked or is_worthwhile(size, content_type) else None


@lru_cache(maxsize=1024)
def _rank(accept_encoding: str, offer: tuple[str, ...]) -> tuple[str, ...]:
    """What of the offer and `identity` is acceptable, the best first."""
    header = parse_accept_header(accept_encoding, Accept)
    # Without a word about it, identity is acceptable, and liked less than what is named.
    identity = header.quality("identity") if header.find("identity") >= 0 else 0.0001
    qualities = {**{name: header.quality(name) for name in offer}, "identity": identity}
    return tuple(sorted(filter(qualities.get, qualities), key=qualities.__getitem__, reverse=True))


class CodedBody(UnsupportedMediaType):
    """415 for a request whose body is compressed, with the header that says what would be taken."""

    def __init__(self, codings: str) -> None:
        super().__init__(f"the body is compressed ({codings}); send it as it is, without Content-Encoding")

    def get_headers(self, *args: object, **kwargs: object) -> list[tuple[str, str]]:
        """The headers of the reply, Accept-Encoding among them (RFC 9110, 15.5.16)."""
        return [*super().get_headers(*args, **kwargs), ("Accept-Encoding", "identity")]  # type: ignore[arg-type]  # passed on as they came


def refuse_coded_body(content_encoding: str | None) -> None:
    """Raise CodedBody for a Content-Encoding: a few bytes could unpack to any number of them."""
    codings = {name.strip().lower() for name in (content_encoding or "").split(",")} - {"", "identity"}
    if codings:
        raise CodedBody(", ".join(sorted(codings))[:100])
