"""Discord's REST API: routes, uploads, checks of what was sent, and the answers."""
