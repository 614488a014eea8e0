"""The demo's page in the browser: a Discord channel where the unchanged bot makes remixes without keys."""
