"""A flow whose declarations change between two runs: `medley run` alone follows them."""

from tests.second_week.lakes import User
from tests.second_week.web_shop import ONLY_SILVER, RULES, SHORT_VISITS, visit, visits

SCHEMA_END = "mean_duration_s DOUBLE NOT NULL\n"
GOLD_KEY = '    key=["visit_date", "page"],\n'
GOLD_CODE = 'F.avg("duration_s").alias("mean_duration_s")'
DAY = "2026-01-30"


def test_a_gold_table_gets_a_column(user: User) -> None:
    """The next run makes the table with the column, and so it stays.

    6bb41d0: "DELTA_CREATE_TABLE_SCHEME_MISMATCH" in this run and in every one after it.
    """
    user.land("1.csv", visits(visit(1, seconds=10), visit(2, seconds=30)))
    user.run()
    user.edit("flow.py", SCHEMA_END, "mean_duration_s DOUBLE NOT NULL,\n        longest_s INT\n")
    user.edit("gold.py", GOLD_CODE, f'{GOLD_CODE}, F.max("duration_s").alias("longest_s")')

    ran = user.run()

    assert 0 == ran.code, ran.said
    assert ["daily_visits"] == [table for table, _ in ran.done]
    assert [(DAY, "/", 2, 20.0, 30)] == user.rows("daily_visits")
    assert [] == user.run().done


def test_a_gold_table_gets_rules(user: User) -> None:
    """A rule that all rows meet is followed; one that some break stops the step, not the readers.

    6bb41d0: "DELTA_CREATE_TABLE_WITH_DIFFERENT_PROPERTY" already for the rule that all rows meet.
    """
    user.land("1.csv", visits(visit(1), visit(2)))
    user.run()
    rule = '    rules=[Rule("some_visits", "visit_count > 0")],\n'
    user.edit("flow.py", GOLD_KEY, GOLD_KEY + rule)
    met = user.run()
    user.edit("flow.py", rule, '    rules=[Rule("few_visits", "visit_count < 2")],\n')
    broken = user.run()

    assert 0 == met.code, met.said
    assert 0 != broken.code
    assert "few_visits" in broken.err
    assert "daily_visits" in broken.err
    assert [(DAY, "/", 2, 10.0)] == user.rows("daily_visits")
    user.edit("flow.py", "visit_count < 2", "visit_count < 3")
    assert 0 == user.run().code


def test_a_new_rule_judges_old_rows_and_a_loosened_one_lets_them_back(user: User) -> None:
    """`medley run` alone moves rows into quarantine and out of it as the rules change.

    6bb41d0: the run failed with "The flow now declares other columns or rules", and asked for
    `--full-refresh`.
    """
    user.land("1.csv", visits(visit(1, seconds=10), visit(2, seconds=90)))
    user.run()
    user.edit("flow.py", RULES, RULES + SHORT_VISITS.format(most=60))
    tightened = user.run()
    short = user.rows("visits", "visit_id"), user.rejected(), user.rows("daily_visits")
    user.edit("flow.py", "duration_s <= 60", "duration_s <= 600")
    loosened = user.run()

    assert (0, 0) == (tightened.code, loosened.code), tightened.said + loosened.said
    assert ([(1,)], {"2": ["is_short"]}, [(DAY, "/", 1, 10.0)]) == short
    assert [(1,), (2,)] == user.rows("visits", "visit_id")
    assert [] == user.quarantine()
    assert [(DAY, "/", 2, 50.0)] == user.rows("daily_visits")
    assert [] == user.run().done


def test_a_field_that_was_rescued_is_declared(user: User) -> None:
    """Old files had the field all along: their rows get its value, without landing anew.

    6bb41d0: the run failed with "DELTA_METADATA_MISMATCH", for bronze had no such column, and so
    did every one after it.
    """
    user.land("1.csv", f"id,page,seconds,at,device\n{visit(1).strip()},phone\n")
    user.land("2.csv", visits(visit(2)))
    first = user.run()
    user.edit("flow.py", '"seconds", "at"]', '"seconds", "at", "device"]')
    user.edit("flow.py", "COMMENT 'UTC'\n", "COMMENT 'UTC',\n        device STRING\n")
    user.edit("silver.py", '        "_source",', '        "device",\n        "_source",')
    user.land("3.csv", f"id,page,seconds,at,device\n{visit(3).strip()},desk\n")
    declared = user.run()

    assert 0 == first.code, first.said
    assert 0 == declared.code, declared.said
    assert [(1, "phone"), (2, None), (3, "desk")] == user.rows("visits", "visit_id, device")
    assert [] == user.run().done


def test_a_new_key_is_refused_with_the_way_out(user: User) -> None:
    """Another key makes other rows: the run says so, and `--full-refresh` makes them.

    6bb41d0: refused as well, but the way out failed: "DELTA_CREATE_TABLE_WITH_DIFFERENT_PROPERTY".
    """
    user.land("1.csv", visits(visit(1, "/a"), visit(2, "/a"), visit(3, "/b")))
    user.run(*ONLY_SILVER)
    user.edit("flow.py", '    key=["visit_id"],\n', '    key=["page"],\n')
    refused = user.run(*ONLY_SILVER)
    kept = user.rows("visits", "visit_id")
    refreshed = user.run("--only", "visits", "--full-refresh")

    assert 0 != refused.code
    assert "--full-refresh" in refused.err
    assert "visits" in refused.err
    assert [(1,), (2,), (3,)] == kept
    assert 0 == refreshed.code, refreshed.said
    assert [("/a",), ("/b",)] == user.rows("visits", "page")
    assert [] == user.run(*ONLY_SILVER).done


def test_a_dropped_column_that_a_reader_uses_is_refused(user: User) -> None:
    """Gold's function reads the column: the run names that reader.

    6bb41d0: "The flow now declares other columns or rules", without a word of the reader.
    """
    user.land("1.csv", visits(visit(1)))
    user.run()
    user.edit(
        "flow.py",
        "        duration_s INT NOT NULL COMMENT 'Seconds that the page was open',\n",
        "",
    )
    user.edit("flow.py", '        Rule("duration_not_negative", "duration_s >= 0", ', "        #")
    user.edit("silver.py", '        whole_number(F.col("seconds")).alias("duration_s"),\n', "")

    ran = user.run()

    assert 0 != ran.code
    assert "daily_visits" in ran.err
    assert "duration_s" in ran.err
    assert [("2026-01-30", "/", 1, 10.0)] == user.rows("daily_visits")
