"""What each problem with Ideogram's API means for the operator, and what to do about it."""

from collections.abc import Mapping

from bot.rules.failures import ProviderProblem

PROBLEMS: Mapping[ProviderProblem, tuple[str, str]] = {
    ProviderProblem.KEY_REJECTED: (
        "Ideogram does not accept IDEOGRAM_API_KEY.",
        "Create a key on the API page of your Ideogram account, run `remix-bot setup`, and restart the bot.",
    ),
    ProviderProblem.NO_ACCESS: (
        "IDEOGRAM_API_KEY is not allowed to make remixes with Ideogram 4.0.",
        "Look at the key's permissions on the API page of your Ideogram account, or create another key.",
    ),
    ProviderProblem.OUT_OF_CREDIT: (
        "Ideogram refuses work because of the account's credit, limit or plan.",
        "Add credit on the API page of your Ideogram account. The bot tries again within five minutes.",
    ),
    ProviderProblem.RATE_LIMITED: ("Ideogram is busy with other requests of this account.", "Try again in a minute."),
    ProviderProblem.UNREACHABLE: (
        "Ideogram could not be reached.",
        "Check this machine's network, DNS and proxy, and IDEOGRAM_API_URL.",
    ),
    ProviderProblem.TURNED_AWAY: (
        "A firewall in front of Ideogram refused the request.",
        "Try again later. If it stays so, ask Ideogram's support about this machine's address.",
    ),
    ProviderProblem.REFUSED: (
        "Ideogram refused an ordinary request, so its API may have changed.",
        "Update the bot. Until then try another IDEOGRAM_API.",
    ),
    ProviderProblem.OUTCOME_UNKNOWN: (
        "Ideogram gave no price for a request that was marked as a dry run.",
        "Try again later, and look at Ideogram's usage page: it should list no remix of this minute.",
    ),
}
