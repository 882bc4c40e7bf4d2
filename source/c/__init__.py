"""C as a compiler's front end reads it: typed, with macros and headers resolved."""
