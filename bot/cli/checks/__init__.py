"""The checks of `remix-bot doctor`, one module for each area. They change nothing and pay nothing."""
