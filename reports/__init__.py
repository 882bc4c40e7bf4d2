"""What people look at: every report is a view of a list of result records."""
