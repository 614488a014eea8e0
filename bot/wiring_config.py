"""The part of the composition root that builds what admins set, and what members are told of it."""

from bot.discord_app.kit.features import ConfigFeatures
from bot.rules.policy_fields import Bounds
from bot.storage.engine.database import Database
from bot.use_cases.ports import CaseListener, Clock
from bot.use_cases.remixes.submit_remix import SubmissionRules
from bot.use_cases.server_policy.change_policy import ChangePolicy
from bot.use_cases.server_policy.member_allowance import MemberAllowances
from bot.use_cases.server_policy.server_settings import ReadServerSettings


def config_features(
    database: Database, rules: SubmissionRules, *, keep_pictures_days: int, clock: Clock, cases: CaseListener
) -> ConfigFeatures:
    operator = rules.operator
    bounds = Bounds(operator.limits, operator.ceilings, keep_pictures_days, rules.cheapest)
    return ConfigFeatures(
        change=ChangePolicy(database, bounds, clock=clock, listener=cases),
        settings=ReadServerSettings(database, clock=clock),
        members=MemberAllowances(database, rules, clock=clock),
        bounds=bounds,
        allowed_guild_ids=operator.allowed_guild_ids,
    )
