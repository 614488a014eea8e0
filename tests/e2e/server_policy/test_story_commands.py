"""What Discord is sent about each command: where it can be used, and who can add it."""

IN_MESSAGES_TOO = {"remix-appeal"}
"""Also in a direct message: for people who are in the server no longer."""


async def test_every_command_is_offered_in_servers_only_and_says_so_in_the_field_that_is_not_deprecated(world):
    tree = world.app.client.tree
    payloads = {command.name: command.to_dict(tree) for command in tree.get_commands()}
    assert {"remix", "my-remixes", "remix-help", "remix-config", "remix-mod"} < set(payloads)
    places = {name: (sent["contexts"], sent["integration_types"]) for name, sent in payloads.items()}
    assert places == {name: ([0, 1] if name in IN_MESSAGES_TOO else [0], [0]) for name in payloads}
