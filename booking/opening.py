"""From a district's folder to its running operation."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from booking.artefact_store import artefact_folder
from booking.artefacts import build_artefacts, is_up_to_date, open_artefacts
from booking.clock import now
from booking.database import open_database
from booking.district_files import read_district
from booking.operation import Operation
from booking.settings import Settings


@contextmanager
def open_operation(
    folder: Path, settings: Settings, *, build: Callable[[str], None] | None = None
) -> Iterator[Operation]:
    """The operation of a district; its database is closed at the end.

    Parameters
    ----------
    build
        Builds artefacts that are missing or out of date, telling this function what it does. Without it such
        artefacts are an error that names the command to run.

    Raises
    ------
    DistrictError, NotBuiltError, DatabaseMissingError
        The folder has mistakes, the artefacts are missing, there is no database.
    """
    district = read_district(folder)
    artefacts_at = artefact_folder(settings, district.id)
    if build is not None and not is_up_to_date(district, artefacts_at):
        build_artefacts(district, artefacts_at, progress=build)
    artefacts = open_artefacts(district, artefacts_at)
    database = open_database(settings)
    try:
        operation = Operation(district, artefacts, database, settings, now)
        operation.save_places()
        yield operation
    finally:
        database.close()
