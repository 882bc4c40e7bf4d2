"""What checker/ must keep."""
