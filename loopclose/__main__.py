"""``python -m loopclose``."""

from loopclose.cli import main

if __name__ == "__main__":  # a process that judges beside a sync imports this module too
    main()
