"""From what happens in WebNet to what channels are told: feeds fill the outbox, delivery empties it."""
