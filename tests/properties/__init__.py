"""What properties/ must keep."""
