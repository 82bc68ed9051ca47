"""Tells channels and people what happened in WebNet."""
