"""Brings a config snippet onto devices in steps: preview, a second person's approval, commit, backup, and what has changed."""
