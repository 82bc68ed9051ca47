"""The devices of WebNet by name."""
