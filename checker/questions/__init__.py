"""One file a question: does it hold, what a proof rests on, which rules decide, and so on."""
