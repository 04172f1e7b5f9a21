"""The record types this app owns, as permissions name them: "contact.update", "company.read"."""

CONTACT = "contact"
COMPANY = "company"
