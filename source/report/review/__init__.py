"""A review as people and their tools read it: text, JSON, checkpatch, b4, SARIF, KTAP."""
