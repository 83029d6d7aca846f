"""A scenario run: who takes part, what they send, the run; figures and pages are of reports/."""
