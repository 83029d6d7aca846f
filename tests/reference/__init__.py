"""The slow reference house: machine, gate, default, book and rates in plain Python integers.

It shares no code with the compiled machine, only the numbers of `hkperp_engine.codes`, so that a
mistake must be made twice to go unseen. Nothing here is fast, and everything is meant to be read
beside the page of docs it follows. Entry: `reference.machine.ReferenceMachine`.
"""
