"""From WebNet to the outbox: each list of WebNet that is followed becomes events."""
