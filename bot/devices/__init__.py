"""Finds the devices of WebNet by name."""
