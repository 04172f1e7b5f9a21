"""What the journal knows of records: their history in words, and taking changes back."""
