"""What we do to pictures. Synchronous and heavy on the CPU: callers run it in a thread."""
