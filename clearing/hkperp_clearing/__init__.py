"""The house: participants, collateral, ledger, positions, margin, settlement and the waterfall."""
