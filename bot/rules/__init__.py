"""The decisions, pure: no discord, SQL, HTTP, asyncio, clock or randomness. All of that is passed in."""
