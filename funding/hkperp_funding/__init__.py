"""The rates: index, mark, premium and funding rate; pure arithmetic on whole numbers.

This package imports nothing by itself. Import the module that is wanted:
`from hkperp_funding.index import update_index`.
"""

__all__ = []
