"""Files of calls, answered in columns: JSON Lines in, JSON Lines out."""
