"""Notices on their way from WebNet to the channels."""
