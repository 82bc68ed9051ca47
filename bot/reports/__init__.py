"""Puts the reports of channels into the outbox when their time has come."""
