"""Root of the suite: the cast of people and workspaces that every test may ask for."""

pytest_plugins = ["tests.support.cast"]
