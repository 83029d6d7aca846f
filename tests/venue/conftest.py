"""The random flow of the house's tests drives the venue too."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "house"))
