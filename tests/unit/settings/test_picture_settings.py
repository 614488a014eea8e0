"""Where the pictures are: BLOB_DIR or BLOB_URL, and the key of S3."""

from pathlib import Path

import pytest

from bot.rules_from_settings import picture_place
from bot.settings.settings import SettingsError, load_settings
from bot.storage.engine.blobs.s3_place import S3Place

KEY_ID, KEY, TOKEN = "AKIDMADEUP", "made-up/key+of=s3", "made-up-session-token"


def place(monkeypatch, **given):
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return picture_place(load_settings(None, needs="storage"))


def complaint(monkeypatch, **given):
    with pytest.raises(SettingsError) as caught:
        place(monkeypatch, **given)
    (line,) = caught.value.lines
    return line


def test_without_an_address_the_pictures_are_in_the_folder(monkeypatch):
    assert place(monkeypatch) == Path("data/blobs")
    assert place(monkeypatch, BLOB_DIR="/srv/pictures") == Path("/srv/pictures")


@pytest.mark.parametrize(
    "url", ["file:///srv/my%20pictures", "file:///srv/my%20pictures/", "'file:///srv/my%20pictures'"]
)
def test_an_address_can_be_a_folder(monkeypatch, url):
    assert place(monkeypatch, BLOB_URL=url) == Path("/srv/my pictures")


@pytest.mark.parametrize(
    ("url", "bucket", "prefix"),
    [
        ("s3://pictures", "pictures", ""),
        ("s3://pictures/", "pictures", ""),
        ("s3://my.pics/a/b-c", "my.pics", "a/b-c"),
    ],
)
def test_an_address_can_be_a_bucket(monkeypatch, url, bucket, prefix):
    given = {"AWS_REGION": "eu-central-1", "AWS_SESSION_TOKEN": TOKEN, "AWS_ENDPOINT_URL": "http://store.example:9000/"}
    found = place(monkeypatch, BLOB_URL=url, AWS_ACCESS_KEY_ID=KEY_ID, AWS_SECRET_ACCESS_KEY=KEY, **given)
    assert found == S3Place(bucket, prefix, KEY_ID, KEY, TOKEN, "http://store.example:9000", "eu-central-1")


def test_every_part_of_the_key_can_be_in_a_file_and_is_a_secret(monkeypatch, tmp_path):
    parts = {"aws_access_key_id": KEY_ID, "aws_secret_access_key": KEY, "aws_session_token": TOKEN}
    parts |= {"aws_region": "eu-north-1", "aws_endpoint_url": "https://store.example"}
    for name, value in parts.items():
        (tmp_path / name).write_text(f"{value}\n", encoding="utf-8")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY_FILE", str(tmp_path / "aws_secret_access_key"))
    found = place(monkeypatch, BLOB_URL="s3://pictures", CREDENTIALS_DIRECTORY=str(tmp_path))
    assert found == S3Place("pictures", "", KEY_ID, KEY, TOKEN, "https://store.example", "eu-north-1")
    settings = load_settings(None, needs="storage")
    assert {KEY_ID, KEY, TOKEN} <= set(settings.secrets)
    assert not any(secret in f"{settings!r} {found!r} {found}" for secret in (KEY_ID, KEY, TOKEN))


@pytest.mark.parametrize(
    "url",
    [
        "s3://",
        "s3:///prefix",
        "s3://Pictures",
        "s3://my_pictures",
        "s3://pictures/../others",
        "s3://pictures//a",
        "s3://AKID:made-up@pictures",
        "s3://pictures?endpoint=http://a",
        "file://host/pictures",
        "file:///",
        "pictures",
        "gs://pictures",
    ],
)
def test_any_other_address_is_refused(monkeypatch, url):
    line = complaint(monkeypatch, BLOB_URL=url)
    assert line.startswith("BLOB_URL must be file:/// and the absolute path of a folder, or s3://bucket/prefix")
    assert "made-up" not in line


def test_folder_and_address_at_once_are_refused(monkeypatch):
    line = complaint(monkeypatch, BLOB_URL="file:///srv/pictures", BLOB_DIR="data/blobs")
    assert line.startswith("BLOB_URL and BLOB_DIR are both set: keep one of them.")


@pytest.mark.parametrize("given", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_a_bucket_needs_the_whole_key(monkeypatch, given):
    (missing,) = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} - {given}
    line = complaint(monkeypatch, BLOB_URL="s3://pictures", **{given: "madeup"})
    assert line == f"{missing} is missing: BLOB_URL with s3:// needs a key"


def test_s3_is_reached_through_the_proxy_also_by_commands_that_need_no_other(monkeypatch):
    given = {"BLOB_URL": "s3://pictures", "AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": KEY}
    found = place(monkeypatch, **given, HTTPS_PROXY="http://me:made-up@proxy.example:3128")
    assert found.proxy == "http://me:made-up@proxy.example:3128"
    assert "made-up" not in repr(found)
    assert place(monkeypatch, NO_PROXY="amazonaws.com").proxy is None
