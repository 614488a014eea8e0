"""What `make sabotage` breaks is not stale: each text is there once, each test too, and each row of the table.

Whether the tests notice is seen by `make sabotage` alone.
"""

from tests.chaos.sabotage import read_lists, rows_of_the_table, stale


def test_what_is_to_be_broken_is_there_once_and_so_is_its_test():
    assert [reason for each in read_lists() if (reason := stale(each))] == []


def test_each_row_of_the_table_of_faults_is_broken_at_least_once():
    rows = rows_of_the_table()
    assert len(rows) > 40
    assert {each.row for each in read_lists()} == set(rows)


def test_nothing_is_broken_without_a_change():
    assert [str(each) for each in read_lists() if each.old == each.new] == []
