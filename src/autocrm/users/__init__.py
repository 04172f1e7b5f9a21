"""Floor 1c: people, memberships, teams, roles, API tokens, sign-in."""
