"""Lists in other shapes than a table: the board and the calendar."""
