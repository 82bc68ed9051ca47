"""What a customer's configs say: the redacted copy, search, history, diffs and how new snapshots are followed."""
