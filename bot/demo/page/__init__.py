"""The demo's page in the browser: a Discord channel in which the unchanged bot makes remixes, without keys."""
