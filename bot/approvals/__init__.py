"""Lets a request wait in the store until somebody decides: its requester, by confirming it, or a second person, by approving."""
