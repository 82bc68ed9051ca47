"""Holds the rules without I/O: what a command is, who may run it, what an answer is made of."""
