"""What reports/ must keep."""
