"""The rules are played on the house's machines, and told in its words and the book's."""

import sys
from pathlib import Path

for folder in ("house", "engine", "venue"):
    sys.path.append(str(Path(__file__).parents[1] / folder))
