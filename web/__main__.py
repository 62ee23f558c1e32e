"""``python -m web`` is ``rufnetz``."""

from web.cli import main

main()
