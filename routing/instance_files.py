"""Reading an instance in whatever format it is."""

from pathlib import Path

from routing.instance import Instance, InstanceError, InstanceFormat
from routing.instance_darp import read_darp
from routing.instance_json import read_json
from routing.instance_pdptw import read_pdptw

_READERS = {
    InstanceFormat.DARP: read_darp,
    InstanceFormat.PDPTW: read_pdptw,
    InstanceFormat.JSON: read_json,
}


def read_instance(path: Path, file_format: InstanceFormat | None = None) -> Instance:
    """Read an instance.

    Parameters
    ----------
    file_format
        None to guess it (:func:`guess_format`).

    Raises
    ------
    InstanceError
        If the file can't be read, is in none of the formats, or contradicts itself.
    """
    return _READERS[file_format or guess_format(path)](path)


def guess_format(path: Path) -> InstanceFormat:
    """The format that a file seems to have, by the first line that is not empty.

    Raises
    ------
    InstanceError
        If it is none of ours.
    """
    try:
        with path.open(encoding="utf-8") as file:
            first = next((line for line in file if line.strip()), "")
    except OSError as fault:
        msg = f"{path} can't be read: {fault.strerror}. Give the path of an instance file."
        raise InstanceError(msg) from fault
    except UnicodeDecodeError as fault:
        msg = f"{path} is no text; give the instance file itself, unpacked"
        raise InstanceError(msg) from fault
    if path.suffix.lower() == ".json" or first.lstrip().startswith("{"):
        return InstanceFormat.JSON
    formats = {5: InstanceFormat.DARP, 3: InstanceFormat.PDPTW}
    count = len(first.split())
    if count not in formats:
        msg = f"{path} begins like no format that can be read; say which it is with --format {'|'.join(InstanceFormat)}"
        raise InstanceError(msg)
    return formats[count]
