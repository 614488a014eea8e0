"""What `remix-bot setup` says."""

DISCORD_STEPS = """\
1. The Discord application. Open https://discord.com/developers/applications and press New Application. Then open Bot,
   press Reset Token and copy the token. Leave the three Privileged Gateway Intents off."""
IDEOGRAM_STEPS = """\
2. The Ideogram key. On Ideogram's site open the API page of your account, accept the terms, add credit and create a
   key."""
LIMITS = """\
3. What the bot can spend, and where. You pay for all servers. For ids, switch on Developer Mode in Discord (User
   Settings, Advanced), right-click a server, a person or a channel, and press Copy ID. `none` takes a setting out."""
NOTHING_FOR_DISCORD = "There is no token. Name a file with --token-file, or give it in the first line of stdin."
NOTHING_FOR_IDEOGRAM = "There is no key. Name a file with --key-file, or give it in the next line of stdin."
EXISTS = "{file} exists: add --yes to change the settings in it. Its other lines stay."
CHANGE = "{file} exists. Change the settings in it? Its other lines stay"
UNCHECKED = "{trouble} Nothing is written. Try again, or add --no-check to write without checking."
WRITE_UNCHECKED = "{trouble} Go on without checking"
NOTHING_CHANGED = "Nothing was changed."
OVERRIDDEN = "Attention: {name} is also set in the environment, which overrides the file."
WRITTEN = "Wrote {file}. Only this account can read it."
INVITE = "Invite the bot to a server that you manage: {link}"
INVITE_LATER = "`remix-bot doctor` shows the link that invites the bot to a server."
NEXT = "Start the bot with `remix-bot run`, or restart it. `remix-bot doctor` checks everything at any time."
