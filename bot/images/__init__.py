"""Measures, cleans, converts and draws pictures. It all blocks and is heavy on the CPU: call it off the event loop."""
