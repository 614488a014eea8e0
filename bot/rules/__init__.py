"""Makes the decisions. Pure: no Discord, SQL, HTTP, asyncio, clock or randomness. Callers pass in what it needs."""
