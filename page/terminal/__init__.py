"""The page on a terminal: the same questions by keyboard, answered by the model itself."""
