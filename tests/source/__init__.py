"""What source/ must keep."""
