"""What is kept and said of a run: log, tables, summary, statement; no machine runs."""
