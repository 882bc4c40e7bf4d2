"""Lines as strace prints them: read by a small grammar, and turned into facts of a call."""
