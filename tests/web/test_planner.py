"""The planners' pages over folders like those that ``rufnetz plan run`` writes."""

import json
from pathlib import Path

import pytest

from tests.web.staff_fakes import StaffOperation, staff_client
from web.planner import list_reports, read_villages

NAME = "drossen-2026-12-01-4-0"
VILLAGES = """\
village,lon,lat,inhabitants,asked,served,ride,combined,line,refused,refused_no_vehicle_free,wait_min_mean,wait_min_p90,rides_at_hub,served_shifted
Altdrossen,11.5,50.0,300,2,2,1,1,0,0,0,7.5,12.0,1,0
Neudrossen,11.6,50.0,200,2,1,0,0,1,1,1,3.0,3.0,0,0
Hinterburg,11.7,50.0,900,0,0,0,0,0,0,0,,,0,0
"""


def write_report(state_folder: Path, name: str = NAME, **changes: object) -> Path:
    folder = state_folder / "reports" / name
    folder.mkdir(parents=True)
    summary = {
        "district": "drossen",
        "on": "2026-12-01",
        "requests": 4,
        "seed": 0,
        "policy": "insertion",
        "rules_version": "2026-01",
        "program": "rufnetz",
        "asked": 4,
        "served": 3,
        "refused": 1,
        "served_by": {"ride": 1, "combined": 1, "line": 1},
        "wait_min_mean": 6.0,
        "wait_min_p90": 12.0,
        "rides_at_hub": 1,
        "violations": 0,
        **changes,
    }
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    (folder / "report.html").write_text("<!doctype html><title>Bericht</title>", encoding="utf-8")
    (folder / "villages.csv").write_text(VILLAGES, encoding="utf-8")
    (folder / "wishes.csv").write_text("number\n1\n", encoding="utf-8")
    return folder


def test_reports_of_the_district_are_listed_latest_day_first(tmp_path: Path) -> None:
    write_report(tmp_path, "a")
    write_report(tmp_path, "b", on="2026-12-08")
    write_report(tmp_path, "c", district="elsewhere")
    (tmp_path / "reports/d").mkdir()
    (tmp_path / "reports/d/summary.json").write_text("{}")
    assert [report.name for report in list_reports(tmp_path / "reports", "drossen")] == ["b", "a"]


def test_without_any_report_the_page_says_how_to_make_one(tmp_path: Path) -> None:
    with staff_client(StaffOperation(tmp_path), "Planung Drei") as client:
        text = client.get("/staff/planner").text
    assert "Noch gibt es keinen simulierten Tag." in text
    assert "rufnetz plan run districts/drossen" in text


def test_the_list_compares_reports(tmp_path: Path) -> None:
    write_report(tmp_path)
    with staff_client(StaffOperation(tmp_path), "Planung Drei") as client:
        text = client.get("/staff/planner").text
    assert f'href="/staff/planner/{NAME}"' in text
    assert "3 (75 %)" in text


def test_villages_come_worst_first_and_only_those_somebody_asked_from(tmp_path: Path) -> None:
    rows = read_villages(write_report(tmp_path) / "villages.csv")
    assert [(row.name, row.share_served, row.wait_min_mean) for row in rows] == [
        ("Neudrossen", 50, 3.0),
        ("Altdrossen", 100, 7.5),
    ]


def test_a_report_is_shown_in_a_frame_where_nothing_of_it_can_run(tmp_path: Path) -> None:
    write_report(tmp_path)
    with staff_client(StaffOperation(tmp_path), "Planung Drei") as client:
        assert f'src="/staff/planner/{NAME}/page"' in client.get(f"/staff/planner/{NAME}").text
        page = client.get(f"/staff/planner/{NAME}/page")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"].split("; ")
    assert {"sandbox", "default-src 'none'", "frame-ancestors 'self'"} <= set(policy)
    assert page.headers["x-frame-options"] == "SAMEORIGIN"


def test_tables_can_be_downloaded(tmp_path: Path) -> None:
    write_report(tmp_path)
    with staff_client(StaffOperation(tmp_path), "Planung Drei") as client:
        answer = client.get(f"/staff/planner/{NAME}/file?of=villages.csv")
        assert answer.text == VILLAGES
        assert f'filename="{NAME}-villages.csv"' in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    "path", ["nichts", "..", "%2e%2e", f"{NAME}/file?of=summary.json", f"{NAME}/file?of=../secret"]
)
def test_nothing_else_of_the_file_system_can_be_reached(tmp_path: Path, path: str) -> None:
    write_report(tmp_path)
    with staff_client(StaffOperation(tmp_path), "Planung Drei") as client:
        assert client.get(f"/staff/planner/{path}").status_code in {303, 404, 422}
