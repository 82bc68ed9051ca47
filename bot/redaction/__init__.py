"""Secrets out of texts, configs, logs and messages."""
