"""Order books that pip can install, driven with the same messages as hkperp."""
