"""What bench/ must keep."""
