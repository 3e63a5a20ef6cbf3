from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from app.contents import content_hash

FRAME = pl.DataFrame({"id": ["a", "b", "c"], "n": [1, None, 3], "codes": [["x"], [], None]})
FLAT = FRAME.drop("codes").with_columns(text=pl.Series(["", None, 'a,"b']))


def _hash(frame: pl.DataFrame, path: Path, **options: object) -> str:
    frame.write_parquet(path, **options)  # type: ignore[arg-type]
    return content_hash(path)


@pytest.mark.parametrize("frame", [FRAME, FLAT])
def test_the_hash_does_not_see_how_the_file_is_packed(tmp_path: Path, frame: pl.DataFrame) -> None:
    plain = _hash(frame, tmp_path / "a.parquet", compression="uncompressed", statistics=False)

    assert _hash(frame, tmp_path / "b.parquet", compression="zstd", row_group_size=1) == plain


@pytest.mark.parametrize("column", ["n", "text"])
def test_a_null_is_not_an_empty_value(tmp_path: Path, column: str) -> None:
    filled = FLAT.with_columns(pl.col(column).fill_null(pl.lit(0) if column == "n" else pl.lit("")))

    assert _hash(filled, tmp_path / "a.parquet") != _hash(FLAT, tmp_path / "b.parquet")


@pytest.mark.parametrize(
    "other",
    [
        FRAME.reverse(),
        FRAME.rename({"n": "m"}),
        FRAME.with_columns(pl.col("n").cast(pl.Int32)),
        FRAME.with_columns(pl.col("n").fill_null(0)),
        FRAME.head(2),
        FRAME.clear(),
        FRAME.with_columns(pl.col("codes").fill_null(pl.lit([], pl.List(pl.String)))),
    ],
)
def test_the_hash_sees_every_cell_type_name_and_the_order(tmp_path: Path, other: pl.DataFrame) -> None:
    assert _hash(other, tmp_path / "a.parquet") != _hash(FRAME, tmp_path / "b.parquet")
