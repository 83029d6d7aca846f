"""All hand-worked vectors of the house: every machine plays the same list."""

import vector_assets
import vector_auctions
import vector_controls
import vector_corners
import vector_default
import vector_depth
import vector_gate
import vector_holes
import vector_limits
import vector_margin
import vector_monitor
import vector_products
import vector_rounds
import vector_shares
import vector_tables
import vector_takeover
import vector_triggers
import vector_vault
import vector_waterfall

VECTORS = [
    *vector_default.VECTORS,
    *vector_tables.VECTORS,
    *vector_shares.VECTORS,
    *vector_holes.VECTORS,
    *vector_corners.VECTORS,
    *vector_triggers.VECTORS,
    *vector_auctions.VECTORS,
    *vector_controls.VECTORS,
    *vector_gate.VECTORS,
    *vector_products.VECTORS,
    *vector_vault.VECTORS,
    *vector_assets.VECTORS,
    *vector_margin.VECTORS,
    *vector_monitor.VECTORS,
    *vector_waterfall.VECTORS,
    *vector_rounds.VECTORS,
    *vector_takeover.VECTORS,
    *vector_limits.VECTORS,
    *vector_depth.VECTORS,
]
