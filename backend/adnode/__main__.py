"""``python -m adnode`` is the command ``adnode``."""

from adnode.cli.application import main

if __name__ == "__main__":
    main()
