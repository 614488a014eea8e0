"""The migrations are one chain: two branches may add one each without a conflict, and no database can be made then."""

from alembic.script import ScriptDirectory

from tests.meta.source_files import ROOT


def test_each_migration_has_a_number_of_its_own_and_follows_the_one_before():
    numbers = [path.name[:4] for path in sorted((ROOT / "migrations/versions").glob("*.py"))]
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
    scripts = ScriptDirectory(ROOT / "migrations")
    assert [script.revision for script in scripts.walk_revisions()] == numbers[::-1]
