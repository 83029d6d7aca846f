"""What every test run shares: the checked build, and property tests without a stopwatch."""

import os

# Bounds are checked in every test; the choice is read when a kernel module is imported, so it
# must stand before any of ours is. `HKPERP_BUILD=python pytest` overrides it.
os.environ.setdefault("HKPERP_BUILD", "checked")

import hypothesis

# The first example of a property may compile a kernel for seconds.
hypothesis.settings.register_profile("hkperp", deadline=None, print_blob=True)
hypothesis.settings.register_profile(
    "hkperp-ci", parent=hypothesis.settings.get_profile("hkperp"), derandomize=True
)
hypothesis.settings.load_profile("hkperp-ci" if os.environ.get("CI") else "hkperp")
