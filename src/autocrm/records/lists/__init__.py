"""Lists of records: what their address asks for, columns, order, groups, figures, saved views."""
