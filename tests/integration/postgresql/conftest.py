"""A migrated database of a PostgreSQL server that the tests here may stop, start and hurt."""

from collections.abc import Iterator

import pytest

from tests.postgresql_cluster import Cluster


@pytest.fixture
def url(postgresql: Cluster) -> Iterator[str]:
    with postgresql.lend() as name:
        yield postgresql.url(name)
