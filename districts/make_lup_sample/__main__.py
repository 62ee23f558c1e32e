"""``python -m districts.make_lup_sample [--out FOLDER]``."""

import argparse
from pathlib import Path

from districts.make_lup_sample.generate import generate

parser = argparse.ArgumentParser(prog="python -m districts.make_lup_sample", description="Write the sample district.")
parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "lup-sample", help="folder to write")
arguments = parser.parse_args()
generate(arguments.out)
print(f"{arguments.out} is written.")
