"""SCML, patterns of system calls' arguments: read, held against a kernel, and written."""
