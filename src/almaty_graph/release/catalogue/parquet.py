"""Decides how a table is written as Parquet: text columns in one row group, the same bytes every time.

The libraries that write Parquet weigh more than all else that we install, and write their versions into it.
Text that may be missing needs little of the format: plain values behind definition levels, one page a column.
"""

import struct
from collections.abc import Iterable, Sequence
from typing import Final

import zstandard

from almaty_graph.release.catalogue.tables import Table

_MAGIC: Final = b"PAR1"
_LEVEL: Final = 9
# The numbers of parquet.thrift.
_BYTE_ARRAY, _OPTIONAL, _UTF8, _PLAIN, _RLE, _ZSTD, _DATA_PAGE = 6, 1, 0, 0, 3, 6, 0
# Types of the compact protocol of Thrift.
_I32, _I64, _BINARY, _LIST, _STRUCT = 5, 6, 8, 9, 12

Field = tuple[int, int, bytes]  # number, type, value as the compact protocol writes it


def write_parquet(table: Table) -> bytes:
    """The table as a Parquet file: every column is text, an empty cell is null."""
    body, chunks = bytearray(_MAGIC), []
    compressor = zstandard.ZstdCompressor(level=_LEVEL)
    for number, column in enumerate(table.columns):
        page = _page([row[number].encode() for row in table.rows])
        packed = compressor.compress(page)
        header = _page_header(len(page), len(packed), len(table.rows))
        offset, size = len(body), len(header) + len(packed)
        body += header + packed
        meta = _struct(
            (1, _I32, _number(_BYTE_ARRAY)),
            (2, _LIST, _list(_I32, [_number(_PLAIN), _number(_RLE)])),
            (3, _LIST, _list(_BINARY, [_text(column.name)])),
            (4, _I32, _number(_ZSTD)),
            (5, _I64, _number(len(table.rows))),
            (6, _I64, _number(len(header) + len(page))),
            (7, _I64, _number(size)),
            (9, _I64, _number(offset)),
        )
        chunks.append((_struct((2, _I64, _number(offset)), (3, _STRUCT, meta)), size))
    footer = _footer(table, chunks)
    return bytes(body + footer + struct.pack("<I", len(footer)) + _MAGIC)


def _page(cells: Sequence[bytes]) -> bytes:
    """Which cells are there (definition levels, packed by eight), then each behind its length."""
    bits = bytearray((len(cells) + 7) // 8)
    for place, cell in enumerate(cells):
        bits[place // 8] |= bool(cell) << place % 8
    levels = _unsigned(len(bits) << 1 | 1) + bytes(bits)
    values = b"".join(struct.pack("<I", len(cell)) + cell for cell in cells if cell)
    return struct.pack("<I", len(levels)) + levels + values


def _page_header(size: int, packed: int, rows: int) -> bytes:
    data = (
        (1, _I32, _number(rows)),
        (2, _I32, _number(_PLAIN)),
        (3, _I32, _number(_RLE)),
        (4, _I32, _number(_RLE)),
    )
    return _struct(
        (1, _I32, _number(_DATA_PAGE)),
        (2, _I32, _number(size)),
        (3, _I32, _number(packed)),
        (5, _STRUCT, _struct(*data)),
    )


def _footer(table: Table, chunks: Sequence[tuple[bytes, int]]) -> bytes:
    root = _struct((4, _BINARY, _text("schema")), (5, _I32, _number(len(table.columns))))
    columns = [
        _struct(
            (1, _I32, _number(_BYTE_ARRAY)),
            (3, _I32, _number(_OPTIONAL)),
            (4, _BINARY, _text(column.name)),
            (6, _I32, _number(_UTF8)),
        )
        for column in table.columns
    ]
    group = _struct(
        (1, _LIST, _list(_STRUCT, [chunk for chunk, _ in chunks])),
        (2, _I64, _number(sum(size for _, size in chunks))),
        (3, _I64, _number(len(table.rows))),
    )
    return _struct(
        (1, _I32, _number(1)),
        (2, _LIST, _list(_STRUCT, [root, *columns])),
        (3, _I64, _number(len(table.rows))),
        (4, _LIST, _list(_STRUCT, [group])),
        (6, _BINARY, _text("almaty-graph")),
    )


def _struct(*fields: Field) -> bytes:
    """Fields by number, each told by how far it lies from the one before."""
    written, last = bytearray(), 0
    for number, kind, value in fields:
        written += bytes([(number - last) << 4 | kind]) + value
        last = number
    return bytes(written) + b"\0"


def _list(kind: int, items: Iterable[bytes]) -> bytes:
    values = list(items)
    head = (
        bytes([len(values) << 4 | kind])
        if len(values) < 15
        else bytes([0xF0 | kind]) + _unsigned(len(values))
    )
    return head + b"".join(values)


def _text(value: str) -> bytes:
    return _unsigned(len(value.encode())) + value.encode()


def _number(value: int) -> bytes:
    """A number that is not negative, in zigzag."""
    return _unsigned(value << 1)


def _unsigned(value: int) -> bytes:
    written = bytearray()
    while value > 127:
        written.append(value & 127 | 128)
        value >>= 7
    return bytes(written) + bytes([value])
