"""Lets a channel choose by itself which notices it gets, and explains what became of one."""
