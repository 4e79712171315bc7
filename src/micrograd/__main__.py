"""What `python -m micrograd` runs: the command line."""

from __future__ import annotations

import sys

from micrograd.cli import main

if __name__ == "__main__":
    sys.exit(main())
