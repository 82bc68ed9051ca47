"""The settings: one table, how it is read, and what a value may be."""
