"""The made-up district, built: what tests of the service, of planning and of pages stand on."""

from datetime import UTC, datetime
from pathlib import Path

from booking.artefacts import build_artefacts, open_artefacts
from booking.database import Database
from booking.dispatch import REPLACE_S
from booking.district_files import read_district
from booking.enquiry_search import Network
from booking.model import Enquiry, Party, Place, StopId, Timing
from booking.operation import Operation
from booking.policy import FULL, Policy
from booking.settings import Settings
from gtfs.service_day import ServiceDay
from tests.tiny_district import write_tiny_district

TUESDAY = "2026-03-03"
"""An ordinary day: no holiday, winter time."""
SECRET = "a secret for tests only, long enough"  # noqa: S105 - of tests


def build_tiny_network(folder: Path) -> Network:
    """Write the district into a folder, build its artefacts beside it."""
    district = read_district(write_tiny_district(folder / "district"))
    build_artefacts(district, folder / "artefacts", progress=lambda _: None)
    return Network(district, open_artefacts(district, folder / "artefacts"))


def local(text: str) -> datetime:
    """A local time of an ordinary Tuesday ("10:30") or of any day ("2026-03-07 10:30"), in winter (UTC+1)."""
    day, _, clock = f"{TUESDAY} {text}".rpartition(" ") if " " not in text else text.rpartition(" ")
    return datetime.fromisoformat(f"{day}T{clock}+01:00").astimezone(UTC)


class FakeClock:
    """A clock that stands where a test puts it."""

    def __init__(self, text: str) -> None:
        self.at = local(text)

    def __call__(self) -> datetime:
        return self.at


def place_of(network: Network, stop: str) -> Place:
    """A stop as a resident picks it."""
    found = network.district.stop_by_id[StopId(stop)]
    return Place(found.name, found.lon, found.lat, found.id)


def enquiry_of(
    network: Network,
    origin: str,
    destination: str,
    at: str,
    *,
    timing: Timing = Timing.DEPART_AFTER,
    party: Party | None = None,
) -> Enquiry:
    """An enquiry between two stops of the made-up district."""
    return Enquiry(
        origin=place_of(network, origin),
        destination=place_of(network, destination),
        timing=timing,
        wished_at=local(at),
        party=party or Party(),
    )


def service_day(network: Network, on: str = TUESDAY) -> ServiceDay:
    """A service day of the made-up district."""
    return ServiceDay(datetime.fromisoformat(on).date(), network.district.zone)


def operation_of(
    network: Network, database: Database, clock: FakeClock, *, policy: Policy = FULL, replace_s: float = REPLACE_S
) -> Operation:
    """The running service of the made-up district on a test's database."""
    settings = Settings(
        state_folder=network.district.folder.parent, secret=SECRET, database_url=str(database.url.render_as_string())
    )
    operation = Operation(
        network.district, network.artefacts, database, settings, clock, policy=policy, replace_s=replace_s
    )
    operation.save_places()
    return operation
