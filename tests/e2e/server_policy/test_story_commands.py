"""What Discord is sent about each command: where it can be used, who can add it, and what it is for."""

from bot.discord_app.server_policy.suggestions import suggest_names

IN_MESSAGES_TOO = {"remix-appeal"}
"""Also in a direct message: for people who are in the server no longer."""


async def test_every_command_is_offered_in_servers_only_and_says_so_in_the_field_that_is_not_deprecated(world):
    tree = world.app.client.tree
    payloads = {command.name: command.to_dict(tree) for command in tree.get_commands()}
    assert {"remix", "my-remixes", "remix-help", "remix-config", "remix-mod"} < set(payloads)
    places = {name: (sent["contexts"], sent["integration_types"]) for name, sent in payloads.items()}
    assert places == {name: ([0, 1] if name in IN_MESSAGES_TOO else [0], [0]) for name in payloads}


def described(sent):
    """What people read of a command and of all that is inside it."""
    yield sent.get("description", "")
    for part in (*sent.get("options", ()), *sent.get("choices", ())):
        yield part["name"]
        yield from described(part)


async def test_no_description_or_suggestion_has_formatting_because_discord_shows_it_as_it_is_written(world):
    tree = world.app.client.tree
    read = [text for command in tree.get_commands() for text in described(command.to_dict(tree))]
    read += [choice.name for typed in ("", "points") for choice in suggest_names(typed)]
    assert [text for text in read if "`" in text or "**" in text] == []
