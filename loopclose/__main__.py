"""``python -m loopclose``."""

from loopclose.cli import main

main()
