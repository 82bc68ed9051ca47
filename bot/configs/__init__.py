"""Everything about configs: the redacted copy, search, history, diffs, and following new snapshots."""
