"""Floor 4: contacts, companies, engagement."""
