"""Starts, lists and reads the jobs of WebNet, and finds out what really happened in them."""
