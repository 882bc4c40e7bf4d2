"""The page: what it shows is what the tool says."""
