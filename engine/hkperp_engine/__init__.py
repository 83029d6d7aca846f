"""The book of hkperp: integers, owners, prices; no money, no margin.

This package imports nothing by itself, so that `import hkperp_engine.units` stays free of numba
and numpy. Import the module that is wanted: `from hkperp_engine.kernel import kernel`.
"""

__all__ = []
