"""A scale file of the user's own: what is taken, and the one sentence about each thing that is wrong."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from mat.errors import ScaleError
from mat.harm import Scale, load_scale
from mat.harm.weights import weight_units

HEADER = "code,weight,label,source"
EXPECTED = "expected code, weight, label, source and, optionally, high_risk"


def write(folder: Path, content: str | bytes, name: str = "own.csv") -> Path:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def rows(scale: Scale) -> list[tuple[str, int | None, bool]]:
    return scale.table.rows()


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("Harm Index 2020 (final).csv", "Harm_Index_2020_final_.csv"),
        ("j\u202e\x1b[2J\u0430.csv", "j_2J_.csv"),
        ("x" * 120 + ".csv", "x" * 80),
    ],
)
def test_a_scale_is_called_as_its_file_in_characters_that_every_log_takes(tmp_path: Path, file: str, name: str) -> None:
    assert load_scale(str(write(tmp_path, f"{HEADER}\nten,10,,\n", file))).name == name


def test_codes_are_trimmed_and_upper_cased_and_zero_is_a_weight(tmp_path: Path) -> None:
    file = write(tmp_path, f"{HEADER}\n 8n/06 , 12.5 ,Assault,local\nzero,0,Nothing,local\nten,10.0001,,\n")

    scale = load_scale(str(file))

    assert scale.name == "own.csv"
    assert rows(scale) == [("8N/06", 125_000, False), ("TEN", 100_001, False), ("ZERO", 0, False)]
    assert scale.typical_weight == 11.25005


def test_marks_come_from_the_high_risk_column_alone(tmp_path: Path) -> None:
    marks = ["true", "TRUE", "1", "false", "False", "0", ""]
    lines = "".join(f"c{number},1,,,{mark}\n" for number, mark in enumerate(marks))

    scale = load_scale(str(write(tmp_path, f"{HEADER},High Risk\n{lines}")))

    assert scale.table["is_high_risk"].to_list() == [True, True, True, False, False, False, False]


def test_without_a_high_risk_column_nothing_is_marked_not_even_a_shipped_high_risk_code(tmp_path: Path) -> None:
    scale = load_scale(str(write(tmp_path, f"{HEADER}\nrape,1,,\n")))
    incidents = pl.LazyFrame({"offence_code": ["rape", "strangulation"], "is_crime": [True, True]})

    assert scale.weigh(incidents).collect()["is_high_risk"].to_list() == [False, False]


@pytest.mark.parametrize(
    "content",
    [
        f"\ufeff{HEADER}\r\na,1,x,y\r\n",
        f"{HEADER}\n\n\na,1,x,y\n,,,\n\n",
        "source,label,weight,code\ny,x,1,a\n",
        f"{HEADER},\na,1,x,y,\n",
        f"{HEADER}\na,1\n",
        f'{HEADER}\n"a",1,"x, and\nmore","=cmd()"\n',
        f"{HEADER}\na,1.00000,x,y\n",
    ],
    ids=["BOM and CRLF", "blank lines", "other order", "trailing comma", "short row", "quoted", "zeros at the end"],
)
def test_harmless_differences_of_a_csv_file_do_not_matter(tmp_path: Path, content: str) -> None:
    assert rows(load_scale(str(write(tmp_path, content)))) == [("A", 10_000, False)]


def test_a_workbook_is_read_like_a_csv_file(tmp_path: Path) -> None:
    file = tmp_path / "own.xlsx"
    with xlsxwriter.Workbook(str(file)) as workbook:
        workbook.add_worksheet("about").write(0, 0, "our weights")
        sheet = workbook.add_worksheet("weights")
        sheet.write_row(2, 0, ["Code", "Weight", "Label", "Source", "High risk"])
        sheet.write_row(3, 0, [8, 0.1 + 0.2, "eight", "local", True])
        sheet.write_row(4, 0, ["8N", 184.09, "assault", "local", 0])

    scale = load_scale(str(file))

    assert rows(scale) == [("8", 3_000, True), ("8N", 1_840_900, False)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "{file} is empty: expected the columns code, weight, label and source, and a row per code."),
        ("\n\n", "{file} is empty: expected the columns code, weight, label and source, and a row per code."),
        (f"{HEADER}\n", "{file} has a header and no rows: add a row for each offence code."),
        (
            "code,label,source\na,x,y\n",
            f"{{file}} has no column weight: {EXPECTED}, found 'code, label, source'; add the column or rename one.",
        ),
        (
            "code,weight,label\na,1,x\n",
            f"{{file}} has no column source: {EXPECTED}, found 'code, weight, label'; add the column or rename one.",
        ),
        (
            "code;weight;label;source\na;1;x;y\n",
            f"{{file}} has no column code: {EXPECTED}, found 'code;weight;label;source'; add the column or rename one.",
        ),
        (
            f"{HEADER},hi_risk\na,1,x,y,1\n",
            f"{{file}} has a column 'hi_risk': {EXPECTED}; rename or remove it.",
        ),
        (f"{HEADER},Code\na,1,x,y,b\n", "{file} has two columns named code: rename or remove one."),
        (
            f"{HEADER}\na,1,x,y\nb,many,x,y\n",
            "{file}, row 3: expected a number as weight, found 'many': write it as 12 or 12.5.",
        ),
        (f"{HEADER}\na,,x,y\n", "{file}, row 2: expected a number as weight, found '': write it as 12 or 12.5."),
        (f"{HEADER}\na,nan,x,y\n", "{file}, row 2: expected a number as weight, found 'nan': write it as 12 or 12.5."),
        (f"{HEADER}\na,1e3,x,y\n", "{file}, row 2: expected a number as weight, found '1e3': write it as 12 or 12.5."),
        (
            f'{HEADER}\na,"1,000",x,y\n',
            "{file}, row 2: expected a number as weight, found '1,000': write it as 12 or 12.5.",
        ),
        (f"{HEADER}\na,-0.5,x,y\n", "{file}, row 2: the weight '-0.5' is negative: weights are 0 or more."),
        (f"{HEADER}\na,0.00001,x,y\n", "{file}, row 2: the weight '0.00001' has more than 4 decimals: round it to 4."),
        (
            f"{HEADER}\na,10000000.1,x,y\n",
            "{file}, row 2: the weight '10000000.1' is over 10,000,000: use a larger unit.",
        ),
        (
            f"{HEADER}\nab,1,x,y\n\n AB ,1,x,y\n",
            "{file}, row 4: the code 'AB' is listed twice, first at row 2: keep one row.",
        ),
        (f"{HEADER}\n,1,x,y\n", "{file}, row 2 has no code: fill it in or remove the row."),
        (
            f"{HEADER}\n08-Jun,1,x,y\n",
            "{file}, row 2: the code '08-JUN' is a date, made by a spreadsheet program: format codes as text.",
        ),
        (
            "HO code,weight,high risk\na,1,1\n",
            ("{file} has no column code: " + EXPECTED + ", found 'ho_code, weight, high_risk'; ")
            + "add the column or rename one.",
        ),
        (
            f"{HEADER},high_risk\na,1,x,y,yes\n",
            "{file}, row 2: expected true, false, 1 or 0 as high_risk, found 'yes': write one of these.",
        ),
        (
            f"{HEADER}\na,1,x, and more,y\n",
            "{file}, row 2: expected 4 cells, found 5: put text with a comma in double quotes.",
        ),
        (
            f"{HEADER}\ncaf\xe9,1,x,y\n".encode("latin-1"),
            "{file} is not UTF-8 text: save it as CSV UTF-8 and try again.",
        ),
        (
            f"{HEADER}\na\0,1,x,y\n",
            "{file} holds NUL bytes and so is no CSV file: save it as CSV UTF-8 and try again.",
        ),
        (
            f"{HEADER}\na,1,{'x' * 200_000},y\n",
            "{file} is not a CSV file (field larger than field limit (131072)): save it as CSV UTF-8 and try again.",
        ),
        (b"x" * 20_000_001, "{file} is over 20 MB and so no harm scale: check the name."),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_one_sentence(tmp_path: Path, content: str | bytes, message: str) -> None:
    file = write(tmp_path, content)

    with pytest.raises(ScaleError) as error:
        load_scale(str(file))

    assert str(error.value) == message.format(file=file)


def test_a_broken_workbook_is_refused_in_one_sentence(tmp_path: Path) -> None:
    file = write(tmp_path, b"PK\x03\x04 and nothing more", "broken.xlsx")

    with pytest.raises(ScaleError, match=r"broken\.xlsx is not an xlsx workbook: save it as xlsx again"):
        load_scale(str(file))


def test_a_directory_is_no_scale(tmp_path: Path) -> None:
    with pytest.raises(ScaleError, match="is not a file: expected a CSV file or a workbook with a harm scale"):
        load_scale(str(tmp_path))


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path, f"{HEADER}\na,1,x,y\n")

    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)  # root may read everything, so the refusal is brought about

    with pytest.raises(ScaleError) as error:
        load_scale(str(file))

    assert str(error.value) == f"{file} cannot be read (Permission denied): check its name and permissions."


@pytest.mark.parametrize("name", ["", " ", "statutory", "nowhere/scale.csv", "COUNT", "a\0b", "x" * 5_000])
def test_an_unknown_name_lists_the_shipped_scales_and_says_a_file_may_be_given(name: str) -> None:
    with pytest.raises(ScaleError) as error:
        load_scale(name)

    assert str(error.value) == (
        f"No harm scale is called {name!r} and no such file exists: choose one of statutory_max_days, count, "
        "ons_css_2016, or give a CSV file with the columns code, weight, label, source and, optionally, high_risk."
    )


def test_the_cambridge_index_is_asked_for_as_a_file() -> None:
    with pytest.raises(
        ScaleError, match="is not shipped with mat: give your own copy of its workbook with --scale FILE"
    ):
        load_scale("cambridge_chi")


def test_a_shipped_name_beats_a_file_of_that_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, f"{HEADER}\na,2,x,y\n", "count")
    monkeypatch.chdir(tmp_path)

    assert load_scale("count").every_crime_weighs_one
    assert not load_scale("./count").every_crime_weighs_one


@pytest.mark.parametrize("high_harm", [-1, -0.0001, float("nan"), float("inf")])
def test_a_threshold_below_zero_or_without_end_is_refused(high_harm: float) -> None:
    with pytest.raises(ScaleError, match=r"^--high-harm is \S+: expected a weight of 0 or more\.$"):
        load_scale("count", high_harm=high_harm)


@given(st.integers(min_value=0, max_value=10_000_000 * 10_000))
def test_a_weight_of_up_to_four_decimals_is_held_exactly(units: int) -> None:
    assert weight_units(f"{units // 10_000}.{units % 10_000:04}", where="x") == units


@given(st.text(max_size=10))
def test_any_text_is_a_weight_or_refused_in_one_sentence(text: str) -> None:
    try:
        units = weight_units(text, where="scale.csv, row 2")
    except ScaleError as error:
        assert str(error).startswith("scale.csv, row 2: ")  # noqa: PT017
        assert "\n" not in str(error)  # noqa: PT017
    else:
        assert units == round(float(text) * 10_000)


@given(st.permutations([("a", "1"), ("b", "2.5"), ("c", "0"), ("d", "4")]))
def test_the_order_of_rows_in_a_file_does_not_change_the_scale(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[str, str]]
) -> None:
    text = "".join(f"{code},{weight},,\n" for code, weight in lines)
    shuffled = write(tmp_path_factory.mktemp("scale"), f"{HEADER}\n{text}")
    sorted_file = write(tmp_path_factory.mktemp("scale"), f"{HEADER}\na,1,,\nb,2.5,,\nc,0,,\nd,4,,\n")

    assert load_scale(str(shuffled)).hash == load_scale(str(sorted_file)).hash


def test_the_example_in_the_documentation_is_a_scale(tmp_path: Path) -> None:
    page = Path(__file__).parents[3] / "docs" / "harm-scales.md"
    example = page.read_text(encoding="utf-8").split("```csv\n")[1].split("```")[0]

    assert rows(load_scale(str(write(tmp_path, example)))) == [
        ("8N", 1_840_900, False),
        ("8N/06", 3_650_000, False),
        ("STRANGULATION", 18_250_000, True),
        ("VERBAL", 0, False),
    ]
