"""A scenario file read and checked, word by word; no numpy, no machine, nothing is run."""
