"""The rows the simulated WebNet starts with: those of the recordings, and the rest made in their style."""
