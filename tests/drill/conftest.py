"""The drills that several tests look at: each held once."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
