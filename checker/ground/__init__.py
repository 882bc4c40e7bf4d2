"""What every command stands on: problems told in a line, signals, processes, files."""
