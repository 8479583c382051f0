"""Published complaints: what a file must be like, how a row becomes a claim, what is left out."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import pytest

from services.embedded.player.nodes import Mistake
from services.embedded.real.plan import make_plan
from services.embedded.real.rows import COLUMNS, Complaint, read_complaints
from services.embedded.real.rules import Claim, largest_amount, load_rules

EXCERPT = Path(__file__).resolve().parents[1] / "data" / "complaints-excerpt.csv"
ROW = {
    "Date received": "2024-01-05",
    "Product": "Money transfer",
    "Sub-product": "Mobile or digital wallet",
    "Issue": "Fraud or scam",
    "Company": "Wallet, Inc.",
    "Complaint ID": "100",
}


def written(tmp_path: Path, *rows: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> Path:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    file = tmp_path / "complaints.csv"
    file.write_text(out.getvalue(), encoding="utf-8", newline="")
    return file


def complaint(**changed: str) -> Complaint:
    told = {"issue": "Fraud or scam", "sub_issue": "", "sub_product": "Mobile or digital wallet", "narrative": ""}
    return Complaint(2, "100", date(2024, 1, 5), "Wallet, Inc.", response="", **(told | changed))


def mistake(file: Path) -> str:
    with pytest.raises(Mistake) as caught:
        read_complaints(file)
    return str(caught.value).removeprefix(f"{file}:")


def test_the_excerpt_is_read_in_the_order_of_days() -> None:
    complaints = read_complaints(EXCERPT)
    assert len(complaints) == 41
    assert [c.received for c in complaints] == sorted(c.received for c in complaints)
    assert sum(bool(c.narrative) for c in complaints) == 17


def test_a_missing_column(tmp_path: Path) -> None:
    file = written(tmp_path, ROW, columns=COLUMNS[:-1])
    assert mistake(file).startswith("1: expected the column `Complaint ID`")


def test_a_bad_date_on_the_line_where_the_record_begins(tmp_path: Path) -> None:
    long = ROW | {"Consumer complaint narrative": "one\ntwo\nthree"}
    file = written(tmp_path, long, ROW | {"Complaint ID": "101", "Date received": "05/01/2024"})
    assert mistake(file) == '5: expected a date such as 2024-01-31 in `Date received`, found "05/01/2024"'


def test_a_number_that_comes_twice(tmp_path: Path) -> None:
    assert mistake(written(tmp_path, ROW, ROW)) == "3: expected each Complaint ID once (line 2 has it), found 100"


def test_a_row_that_is_too_short(tmp_path: Path) -> None:
    file = written(tmp_path, ROW)
    file.write_text(file.read_text() + "2024-01-06,Money transfer\n")
    assert mistake(file) == "3: expected 17 fields, found 2"


def test_an_empty_company_and_a_number_in_words(tmp_path: Path) -> None:
    assert mistake(written(tmp_path, ROW | {"Company": " "})) == "2: expected a value in `Company`, found nothing"
    assert mistake(written(tmp_path, ROW | {"Complaint ID": "x1"})).startswith("2: expected a number in `Complaint ID`")


def test_what_is_not_utf8_and_what_is_nothing(tmp_path: Path) -> None:
    file = written(tmp_path, ROW)
    file.write_bytes(file.read_bytes() + b"\xff\n")
    assert mistake(file) == "3: expected UTF-8, found byte 0xff"
    file.write_bytes(b"")
    assert mistake(file).startswith("1: expected the column `Date received`")


def test_a_quote_that_never_ends(tmp_path: Path) -> None:
    file = written(tmp_path, ROW)
    file.write_text(file.read_text() + '2024-01-06,"Money\n')
    assert mistake(file).startswith("3: expected comma-separated values")


@pytest.mark.parametrize(
    ("narrative", "amount"),
    [
        ("They took {$25.00} and then {$1,200.50}.", "1200.50"),
        ("A balance of {$0.00}", None),
        ("They took $25.00 and XXXX", None),
        ("", None),
    ],
)
def test_the_largest_amount_is_the_one_claimed(narrative: str, amount: str | None) -> None:
    assert largest_amount(narrative) == amount


def test_the_first_rule_that_fits_is_taken() -> None:
    rules = load_rules()
    unhappy = complaint(
        issue="Managing, opening, or closing your mobile wallet account",
        narrative="The colours of the app are not to my liking.",
    )
    assert rules.claim(unhappy) is None
    told = complaint(issue=unhappy.issue, narrative="They CLOSED my account with {$11000.00} in it.")
    assert rules.claim(told) == Claim("account_frozen", "refund", "11000.00")
    assert rules.claim(complaint(issue="Unexpected or other fees")) == Claim("fee_dispute", "explain", None)


def test_what_no_rule_fits_is_not_forced() -> None:
    assert load_rules().claim(complaint(issue="Fraud or scam")) is None


def test_companies_with_few_complaints_are_left_out_and_named() -> None:
    plan = make_plan(read_complaints(EXCERPT), load_rules())
    assert [company.name for company in plan.companies] == [
        "WELLS FARGO & COMPANY",
        "TransferWise Ltd",
        "Netspend Corporation",
    ]
    assert plan.left_out == (("SYNCHRONY FINANCIAL", 4), ("Revolut Technologies Inc.", 1))
    assert plan.complaints == 36
    assert sum(len(received) for _, received in plan.days()) == 36
