"""Builds from the settings: the rules that the operator has set, and where the pictures are."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from bot.images.pictures import LARGEST_SOURCE_SIDE, SMALLEST_SOURCE_SIDE, SourceLimits
from bot.rules.limits import Limits
from bot.settings.pictures import check_pictures, folder_of
from bot.settings.settings import MB, Settings
from bot.storage.engine.blobs.s3_place import S3Place
from bot.use_cases.operator_rules import OperatorRules


def operator_rules(settings: Settings) -> OperatorRules:
    return OperatorRules(
        limits=Limits(
            cooldown=timedelta(seconds=settings.cooldown_s),
            waiting_per_person=settings.max_queued_per_user,
            waiting=settings.max_queued,
            waiting_per_server=None if settings.max_queued_per_server == "none" else settings.max_queued_per_server,
            shared=len(settings.allowed_guild_ids) != 1,
        ),
        ceilings=settings.ceilings,
        server_ceilings=settings.server_ceilings,
        person_ceilings=settings.person_ceilings,
        prices=settings.ideogram_prices,
        source=SourceLimits(
            max_upload_bytes=settings.ideogram_max_upload_mb * MB,
            max_file_bytes=settings.max_source_mb * MB,
            max_pixels=settings.max_source_megapixels * 1_000_000,
            max_side=LARGEST_SOURCE_SIDE,
            min_side=SMALLEST_SOURCE_SIDE,
        ),
        queue_age=timedelta(seconds=settings.max_queue_age_s),
        min_free_bytes=settings.min_free_disk_mb * MB,
        keep_pictures_days=settings.keep_pictures_days,
        keep_evidence=timedelta(hours=settings.keep_evidence_hours),
        evidence_public_key=settings.evidence_public_key,
        keep_sealed=timedelta(days=settings.keep_sealed_days),
        keep_prompts_days=settings.keep_prompts_days,
        slots=settings.ideogram_max_in_flight,
        billed_images=settings.billed_images_per_call,
        backup_max_age=None if settings.backup_max_age_h is None else timedelta(hours=settings.backup_max_age_h),
        longest_call=timedelta(seconds=settings.ideogram_timeout_s),
        image_hosts=settings.ideogram_image_hosts,
        allowed_guild_ids=settings.allowed_guild_ids,
        on_unknown_outcome=settings.on_unknown_outcome,
        max_prompt_chars=settings.max_prompt_chars,
        safety_refusals=0 if settings.safety_refusals_per_person == "none" else settings.safety_refusals_per_person,
        points_ladder=None if settings.points_ladder == "none" else settings.points_ladder,
    )


def picture_place(settings: Settings, blob_url: str | None = None) -> Path | S3Place:
    """That of the settings, or another one that the same key opens. Raises ValueError if the key is missing."""
    folder = settings.picture_folder if blob_url is None else folder_of(blob_url)
    if folder is not None:
        return folder
    key_id, key, token = settings.aws_access_key_id, settings.aws_secret_access_key, settings.aws_session_token
    url = blob_url or settings.blob_url
    check_pictures(url, key_id, key, ())
    parts = urlsplit(url or "")
    address = settings.aws_endpoint_url or f"https://s3.{settings.aws_region}.amazonaws.com"
    return S3Place(
        bucket=parts.netloc,
        prefix=parts.path.strip("/"),
        access_key_id=key_id.get_secret_value() if key_id else "",
        secret_access_key=key.get_secret_value() if key else "",
        session_token=token.get_secret_value() if token else None,
        endpoint=settings.aws_endpoint_url,
        region=settings.aws_region,
        proxy=settings.proxies.proxy_for(address),
    )
