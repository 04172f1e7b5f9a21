"""Starts, watches and stops the processes of one installation. Small on purpose: standard library only, no Django."""
