"""The `remix-bot` command with BLOB_URL=s3://...: what stops a start, and what each subcommand does with pictures."""

import re

import pytest

from tests.s3_server import SECRET

COMPLETE = {"DISCORD_TOKEN": "a-token", "IDEOGRAM_API_KEY": "a-key", "DISCORD_API_URL": "http://127.0.0.1:9/api/v10"}
WITHOUT_PACKAGE = ("-c", "import sys; sys.modules['obstore'] = None; from bot.cli import main; main()")


@pytest.fixture
def given(run, bucket):
    """Runs the command with a bucket. Nothing that it says has the key in it."""
    place = bucket.place
    key = {"AWS_ACCESS_KEY_ID": place.access_key_id, "AWS_SECRET_ACCESS_KEY": place.secret_access_key}
    settings = {**COMPLETE, **key, "AWS_ENDPOINT_URL": place.endpoint, "BLOB_URL": str(place)}

    def command(*arguments, program=None, **changes):
        done = run(*arguments, **({} if program is None else {"program": program}), **{**settings, **changes})
        assert SECRET not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    return command


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"BLOB_URL": "s3://no-such-bucket"}, "at s3://no-such-bucket: S3 answers 404 NoSuchBucket"),
        ({"AWS_ACCESS_KEY_ID": "SOMEBODY"}, "S3 answers 403 InvalidAccessKeyId"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "S3 does not answer"),
    ],
)
def test_a_bucket_that_cannot_be_used_stops_the_start_with_a_line_and_exit_code_2(given, change, says):
    done = given("run", **change)
    assert done.returncode == 2, done.stderr
    assert re.fullmatch(f"Cannot run: the pictures cannot be stored .*{says}.", done.stderr.splitlines()[-1])


def test_without_the_package_it_says_what_to_install(given):
    done = given("run", program=WITHOUT_PACKAGE)
    assert done.returncode == 2
    assert "needs the package obstore" in done.stderr.splitlines()[-1]
    assert "requirements/s3.txt" in done.stderr.splitlines()[-1]
