"""Letters to an account, written from the log that was kept; a machine is never asked."""
