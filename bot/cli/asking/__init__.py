"""What `remix-bot setup` asks for, and where the answers come from."""
