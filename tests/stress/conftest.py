"""The venue of the stress tests: four accounts, of which two are connected, and a small fund."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
