"""Default drills: who fails, the run, what it cost, was it by the rules; no rule of its own."""
