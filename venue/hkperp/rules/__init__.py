"""Who and what is allowed, settled before a venue runs; nothing here knows a machine."""
