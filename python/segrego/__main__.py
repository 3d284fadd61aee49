"""``python -m segrego``."""

from segrego.cli import main

main()
