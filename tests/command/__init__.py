"""What command/ must keep."""
