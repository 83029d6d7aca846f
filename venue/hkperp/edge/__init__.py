"""From Python's objects to the machine's arrays and back; no rule of a venue is decided here."""
