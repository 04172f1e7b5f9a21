"""Writes of imports and exports, one module for each of their acts."""
