"""Which published formulas this package is: what every published value refers to (VAL-01).

A change of a formula, of a rounding or of the order of steps in docs/rates.md is a new version; a
test keeps the formulas' digest beside it.
"""

__all__ = ["METHODOLOGY", "METHODOLOGY_VERSION"]

METHODOLOGY = "RATES"
METHODOLOGY_VERSION = 2
