"""What a patch comes to: its calls, its promises, and the one record that reports show."""
