"""Shocks on snapshots, and whether the funds are enough; never on a venue that runs."""
