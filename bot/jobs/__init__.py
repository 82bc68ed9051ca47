"""Jobs of WebNet: how they are started, listed, read, and what really happened in them."""
