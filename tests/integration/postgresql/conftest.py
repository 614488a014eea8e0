"""A migrated database of a PostgreSQL server that the tests here may stop, start and hurt."""

import pytest

from tests.postgresql_cluster import Cluster


@pytest.fixture
def url(postgresql: Cluster) -> str:
    return postgresql.url(postgresql.create("migrated"))
