"""What a successful copy_process() decides of the child: one function for each field."""
