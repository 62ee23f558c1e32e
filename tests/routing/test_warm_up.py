"""After warming up, nothing is left to be compiled for an answer."""

from pathlib import Path

from routing.fast_insertion import Insertions
from routing.gaps_kernel import survey, survey_all
from routing.insertion_kernel import insert_wish, time_place
from routing.model import Break, Plan, TimeWindow
from routing.schedule import opening_run
from routing.travel_times import read_travel_times, write_travel_times
from routing.warm_up import warm_up_insertion
from tests.strategies import HOUR_S, line_of_towns, problem_of, ride, shift_of

SIX = 6 * HOUR_S


def test_an_enquiry_finds_everything_compiled(tmp_path: Path) -> None:
    warm_up_insertion()
    kernels = [vars(kernel)["_dispatcher"] for kernel in (insert_wish, survey, survey_all, time_place)]
    before = [list(kernel.signatures) for kernel in kernels]
    write_travel_times(tmp_path, line_of_towns())
    shift = shift_of(breaks=(Break(TimeWindow(SIX, SIX + HOUR_S), 900),), max_duration_s=6 * HOUR_S, range_m=500_000)
    problem = problem_of(shift, times=read_travel_times(tmp_path), no_waiting=(1, 2))
    insertions = Insertions(problem, Plan({shift.id: opening_run(shift, problem)}))
    request = ride("anna", (1, 3), (SIX, SIX + 2 * HOUR_S))
    found = insertions.best(request)
    assert found is not None
    insertions.with_run(found.run, request).list_all(ride("ben", (2, 3), (SIX, SIX + 2 * HOUR_S)))
    assert [list(kernel.signatures) for kernel in kernels] == before
