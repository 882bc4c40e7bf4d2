"""What a verdict reads: from a statement along all that its code and its data name."""
