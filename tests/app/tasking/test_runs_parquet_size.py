"""What a Parquet file says it becomes, against what another reader makes of it, and on bytes that are none."""

from __future__ import annotations

import io

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tasking.runs.parquet_size import unpacked

FRAMES = {
    "numbers": pl.DataFrame({"a": range(10_000)}),
    "texts": pl.DataFrame({"a": ["x" * 500] * 2_000, "b": [None, "y"] * 1_000}),
    "lists": pl.DataFrame({"a": [[1, 2, 3], []] * 500}),
    "structs": pl.DataFrame({"a": [[{"f": "x", "p": 1.0}, {"f": "y", "p": 2.0}]] * 300}),
    "nobody": pl.DataFrame(schema={"a": pl.String}),
}


def written(frame: pl.DataFrame, **options: object) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer, **options)  # type: ignore[arg-type]
    return buffer.getvalue()


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize("compression", ["zstd", "uncompressed", "snappy"])
def test_sizes_are_those_of_another_reader(name: str, compression: str) -> None:
    content = written(FRAMES[name], compression=compression, row_group_size=700)
    metadata = pq.read_metadata(io.BytesIO(content))

    found = unpacked(content)

    groups = [metadata.row_group(n) for n in range(metadata.num_row_groups)]
    assert found.rows == metadata.num_rows
    assert found.bytes == sum(group.total_byte_size for group in groups)
    columns = [group.column(n) for group in groups for n in range(group.num_columns)]
    assert found.cells == sum(column.num_values for column in columns)


def test_lists_count_every_cell() -> None:
    assert unpacked(written(pl.DataFrame({"a": [[1] * 1_000] * 50}))).cells == 50_000


def test_a_page_that_says_more_than_the_footer_counts() -> None:
    content = bytearray(written(pl.DataFrame({"a": ["x" * 200_000]}), compression="zstd"))
    honest = unpacked(bytes(content)).bytes
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    size = next(n for n in range(footer, len(content)) if content[n : n + 3] == zigzag(honest))
    content[size : size + 3] = zigzag(64 + 2**14)

    assert unpacked(bytes(content)).bytes > 200_000


def zigzag(value: int) -> bytes:
    value <<= 1
    digits = bytearray()
    while value >= 0x80:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*digits, value])


@pytest.mark.parametrize(
    "content",
    [b"", b"PAR1", b"PAR1" * 3, b"PAR1" + bytes(100) + b"PAR1", b"PAR1" + b"\x19" * 5_000 + b"\x88\x13\0\0PAR1"],
)
def test_what_is_no_parquet_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        unpacked(content)


@given(st.binary(max_size=300), st.integers(0, 400))
def test_noise_is_refused_or_measured_and_never_anything_else(noise: bytes, length: int) -> None:
    content = b"PAR1" + noise + length.to_bytes(4, "little") + b"PAR1"

    try:
        found = unpacked(content)
    except ValueError:
        return
    assert min(found.rows, found.bytes, found.cells) >= 0


@given(st.data())
def test_one_changed_byte_is_refused_or_measured(data: st.DataObject) -> None:
    content = bytearray(written(FRAMES["structs"]))
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))

    try:
        unpacked(bytes(content))
    except ValueError:
        return
