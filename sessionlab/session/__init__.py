"""What may be seen now, and the plan of what is streamed."""
