"""Joins, starts, drains and stops the parts of one bot."""
