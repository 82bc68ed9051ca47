"""The composition root: the parts of one bot are joined, started, drained and stopped here."""
