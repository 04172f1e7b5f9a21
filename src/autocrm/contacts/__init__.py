"""Floor 4: contacts and companies, the people and organisations a workspace deals with, and their engagement.

Owns the two record types `contact` and `company` (declared in `record_types`) and the rules that are theirs alone: an
e-mail address stands once among live contacts, companies form a tree. Everything else they do comes from `records`.
"""
