"""Brings what waits in the outbox to the chat, one message per delivery or digest, and keeps the cards of jobs up to date."""
