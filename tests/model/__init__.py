"""What model/ must keep."""
