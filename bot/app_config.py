"""The part of the composition root that builds what admins set, and what members are told of it."""

from bot.discord_app.features import ConfigFeatures
from bot.rules.policy_fields import Bounds
from bot.storage.database import Database
from bot.use_cases.change_policy import ChangePolicy
from bot.use_cases.interfaces import CaseListener, Clock
from bot.use_cases.member_standing import MemberStandings
from bot.use_cases.server_settings import ReadServerSettings
from bot.use_cases.submit_remix import SubmissionRules


def config_features(
    database: Database, rules: SubmissionRules, *, keep_pictures_days: int, clock: Clock, cases: CaseListener
) -> ConfigFeatures:
    operator = rules.operator
    bounds = Bounds(operator.limits, operator.ceilings, keep_pictures_days, rules.cheapest)
    return ConfigFeatures(
        change=ChangePolicy(database, bounds, clock=clock, listener=cases),
        settings=ReadServerSettings(database, clock=clock),
        members=MemberStandings(database, rules, clock=clock),
        bounds=bounds,
        allowed_guild_ids=operator.allowed_guild_ids,
    )
