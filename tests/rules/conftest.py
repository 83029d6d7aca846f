"""The rules are played on the house's machines, and told in its words."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "house"))
