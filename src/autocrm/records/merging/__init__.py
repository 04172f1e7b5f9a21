"""Records of which several become one: what is chosen, what moves, how it is taken back, and where merged ones went."""
