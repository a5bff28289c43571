"""Where log records go: standard error. Only the surfaces set this up."""

import logging
import sys

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def configure_logging(level: str) -> None:
    """Lets records of a level and above through, in place of what was set up before."""
    logging.basicConfig(level=level, format=FORMAT, stream=sys.stderr, force=True)
