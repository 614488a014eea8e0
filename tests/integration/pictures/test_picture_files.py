def test_what_another_process_is_writing_stays_when_a_second_one_starts(tmp_path):
    blobs = FileBlobs(tmp_path, shared=True)
    new, old = (tmp_path / "ab" / f"{name}.part" for name in ("new", "old"))
    new.parent.mkdir()
    for path in (new, old):
        path.write_bytes(b"pict")
    two_hours_ago = datetime.now(UTC).timestamp() - 7200
    os.utime(old, (two_hours_ago, two_hours_ago))
    blobs.prepare()
    assert files(blobs) == [new]
