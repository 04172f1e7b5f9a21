"""Writes of people and rights, one module for each of their kinds."""
