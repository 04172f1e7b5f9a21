"""Files that are no text tables, made into one: workbooks and address cards. What follows reads tables only."""
