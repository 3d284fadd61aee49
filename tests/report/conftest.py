"""The tests of reports share a module of reports made by hand."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
