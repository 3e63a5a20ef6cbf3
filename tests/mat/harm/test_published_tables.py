"""Loaders for published tables a user brings along: the full ONS table and the Cambridge workbook."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from mat.errors import ScaleError
from mat.harm import load_scale
from mat.harm.codes import expanded

CAMBRIDGE = ["ATHENA URN", "CCHI Score", "HOME_OFFICE_CLASSIFICATION", "HO_CODE", "HO_SUB_CODE"]


def cambridge(folder: Path, rows: list[list[object]], header: list[str] | None = None) -> Path:
    file = folder / "cchi.xlsx"
    with xlsxwriter.Workbook(str(file)) as workbook:
        workbook.add_worksheet("Cover").write(4, 1, "Licensing notice")
        sheet = workbook.add_worksheet("CCHI values sheet")
        sheet.write_row(1, 0, header or CAMBRIDGE)
        for index, row in enumerate(rows, start=2):
            sheet.write_row(index, 0, row)
        expired = workbook.add_worksheet("Expired offences")
        expired.write_row(0, 0, CAMBRIDGE)
        expired.write_row(1, 0, ["A9", 99, "099/99", 99, 99])
    return file


def weights(file: Path) -> dict[str, int]:
    table = load_scale(str(file)).table.drop_nulls("weight_units")
    return dict(zip(table["code"], table["weight_units"], strict=True))


def test_cambridge_codes_come_from_the_classification_and_from_code_and_sub_code(tmp_path: Path) -> None:
    file = cambridge(tmp_path, [["A1", 182.25, "008/06", 8, 6], ["A2", 5, "", "8n", "20"], ["A3", 10, "66", 66, ""]])

    assert weights(file) == {
        "008/06": 1_822_500,
        "8/6": 1_822_500,
        "8/06": 1_822_500,
        "8N/20": 50_000,
        "66": 100_000,
    }


def test_cambridge_codes_whose_rows_disagree_are_left_out_and_counted(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["A1", 10, "008/06", "8N", ""],
        ["A2", 20, "008/06", "8P", ""],
        ["A3", 365, "001/01", "1", ""],
        ["A4", 365, "001/01", "1", ""],
        ["A5", "", "100/01", "100", ""],
    ]
    file = cambridge(tmp_path, rows)

    scale = load_scale(str(file))

    assert weights(file) == {"8N": 100_000, "8P": 200_000, "001/01": 3_650_000, "1": 3_650_000}
    (warning,) = scale.warnings
    assert warning == (
        f"3 of 7 codes of {file}, sheet CCHI values sheet have no score or rows that disagree, and stay without a "
        "weight ('008/06', '100', '100/01')."
    )


def test_cambridge_crimes_are_weighed_and_high_risk_follows_the_offence_table(tmp_path: Path) -> None:
    file = cambridge(tmp_path, [["A1", 365, "002/01", 2, 1], ["A2", 2, "058/00", 58, 0]])
    incidents = pl.LazyFrame(
        {"offence_code": ["002/01", "2/01", "058/00", "strangulation", "099/99"], "is_crime": [True] * 5}
    )

    weighed = load_scale(str(file)).weigh(incidents).collect()

    assert weighed["weight_units"].to_list() == [3_650_000, 3_650_000, 20_000, None, None]
    assert weighed["is_high_risk"].to_list() == [True, True, False, True, False]


def test_a_cambridge_score_that_is_no_number_is_refused_with_sheet_and_row(tmp_path: Path) -> None:
    file = cambridge(tmp_path, [["A1", 365, "002/01", 2, 1], ["A2", "unclear", "058/00", 58, 0]])

    with pytest.raises(ScaleError) as error:
        load_scale(str(file))

    assert str(error.value) == (
        f"{file}, sheet CCHI values sheet, row 4: expected a number as weight, found 'unclear': write it as 12 or 12.5."
    )


def test_a_cambridge_workbook_without_any_score_is_refused(tmp_path: Path) -> None:
    file = cambridge(tmp_path, [["A1", "", "002/01", 2, 1]])

    with pytest.raises(ScaleError, match="gives no Home Office code a CCHI score: check that the workbook is complete"):
        load_scale(str(file))


def test_a_code_that_a_spreadsheet_program_made_a_date_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "css.xlsx"
    with xlsxwriter.Workbook(str(file)) as workbook:
        sheet = workbook.add_worksheet("weights")
        sheet.write_row(0, 0, ["ho_code", "weight"])
        sheet.write_datetime(1, 0, datetime(2026, 6, 8), workbook.add_format({"num_format": "dd/mmm"}))
        sheet.write(1, 1, 12)

    with pytest.raises(ScaleError, match=r"row 2: the code '2026-06-08\S*.*' is a date, made by a spreadsheet program"):
        load_scale(str(file))


def test_a_cambridge_workbook_may_lack_the_code_columns(tmp_path: Path) -> None:
    file = cambridge(tmp_path, [["A1", 7, "002/01"]], header=CAMBRIDGE[:3])

    assert weights(file) == {"002/01": 70_000}


@pytest.mark.parametrize("columns", ["ho_code,weight", "HO code,CSS weight", "ho_code,css_weight_2016"])
def test_a_full_ons_table_is_known_by_its_columns(tmp_path: Path, columns: str) -> None:
    file = tmp_path / "css.csv"
    file.write_text(f'Crime Severity Score,\n\n{columns}\n3B,279.53\n"1, 4.1",7978.79\n8N,184.09\n')

    scale = load_scale(str(file))

    found = weights(file)
    assert scale.name == "css.csv"
    assert found["3B"] == found["THREATS_TO_KILL"] == 2_795_300
    assert found["1"] == found["4.1"] == found["MURDER"] == 79_787_900
    assert "3B" in scale.table.filter("is_high_risk")["code"]
    assert "8N" not in scale.table.filter("is_high_risk")["code"]


def test_a_word_with_a_row_of_its_own_does_not_take_the_weight_of_its_home_office_code(tmp_path: Path) -> None:
    file = tmp_path / "css.csv"
    file.write_text("ho_code,weight\n1,10\nmurder,20\n")

    assert weights(file) == {"1": 100_000, "MURDER": 200_000}


def test_a_full_ons_table_may_be_a_workbook_with_its_header_on_row_seven(tmp_path: Path) -> None:
    file = tmp_path / "css.xlsx"
    with xlsxwriter.Workbook(str(file)) as workbook:
        sheet = workbook.add_worksheet("List of weights")
        sheet.write(0, 0, "Weights")
        sheet.write_row(6, 0, ["HO code", "Offence category", "Weight"])
        sheet.write_row(7, 0, ["4.4/6/8", "Causing death", 677.24])
        sheet.write_row(8, 0, [4.4, "Causing death by dangerous driving", 1092.34])

    assert weights(file) == {"4.4": 10_923_400, "4.6": 6_772_400, "4.8": 6_772_400}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("8N,1\n8n,2\n", "{file}, row 3: the code 8N has another weight in an earlier row: keep one of them."),
        ("1-2,1\n2-3,2\n", "{file}, row 3: the code 2 has another weight in an earlier row: keep one of them."),
        (",1\n", "{file}, row 2 has no ho_code: fill it in or remove the row."),
        ("8N,1.00001\n", "{file}, row 2: the weight '1.00001' has more than 4 decimals: round it to 4."),
    ],
)
def test_an_ons_table_that_contradicts_itself_is_refused(tmp_path: Path, lines: str, message: str) -> None:
    file = tmp_path / "css.csv"
    file.write_text("ho_code,weight\n" + lines)

    with pytest.raises(ScaleError) as error:
        load_scale(str(file))

    assert str(error.value) == message.format(file=file)


@pytest.mark.parametrize(
    ("published", "codes"),
    [
        ("8N", ("8N",)),
        (" 8n ", ("8N",)),
        ("1-4.1-4.2-4.10", ("1", "4.1", "4.2", "4.10")),
        ("1, 4.1, 4.1", ("1", "4.1")),
        ("4.4/6/8", ("4.4", "4.6", "4.8")),
        ("37.1", ("37.1",)),
        ("8N/06", ("8N/06",)),
        ("008/06", ("008/06",)),
        ("58A-58D", ("58A-58D",)),
        ("8A-9D", ("8A", "9D")),
        ("other theft - vehicle", ("OTHER THEFT - VEHICLE",)),
    ],
)
def test_a_published_code_stands_for_these_codes(published: str, codes: tuple[str, ...]) -> None:
    assert expanded(published) == codes


@pytest.mark.real_data
def test_the_reference_copy_of_all_weights_loads_as_a_users_own_table(shared: Path) -> None:
    file = shared / "reference" / "harm_scales.csv"
    shipped = load_scale("ons_css_2016").table.drop_nulls("weight_units")

    found = weights(file)

    assert len(found) > shipped.height
    assert {code: found[code] for code in shipped["code"]} == dict(
        zip(shipped["code"], shipped["weight_units"], strict=True)
    )
