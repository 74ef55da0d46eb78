"""Readers for the foreign weight formats and the converters built on them; needs NumPy and nothing else."""
