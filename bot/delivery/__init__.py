"""From the outbox to the chat: one message per delivery or digest, and the cards that follow jobs."""
