"""Count by queue and task function what was counted by the minute alone; what there is of that stays, as the whole."""

from django.db import migrations, models

# In the order of the key and nowhere else: each transaction adds to these rows.
TALLY = """
CREATE TABLE zonda_tally (
    at datetime NOT NULL,
    queue varchar(64) NOT NULL,
    path varchar(400) NOT NULL,
    what varchar(8) NOT NULL,
    bucket smallint unsigned NOT NULL CHECK (bucket >= 0),
    total bigint unsigned NOT NULL CHECK (total >= 0),
    PRIMARY KEY (at, queue, path, what, bucket)
) WITHOUT ROWID;
INSERT INTO zonda_tally (at, queue, path, what, bucket, total)
SELECT substr(at, 1, 19), '', '', 'created', 0, created FROM zonda_minute WHERE created > 0 UNION ALL
SELECT substr(at, 1, 19), '', '', 'finished', 0, finished FROM zonda_minute WHERE finished > 0 UNION ALL
SELECT substr(at, 1, 19), '', '', 'failed', 0, failed FROM zonda_minute WHERE failed > 0;
DROP TABLE zonda_minute;
"""
MINUTE = """
CREATE TABLE zonda_minute (
    at datetime NOT NULL PRIMARY KEY,
    created bigint unsigned NOT NULL CHECK (created >= 0),
    finished bigint unsigned NOT NULL CHECK (finished >= 0),
    failed bigint unsigned NOT NULL CHECK (failed >= 0)
);
INSERT INTO zonda_minute (at, created, finished, failed)
SELECT at || '.000000', total(total) FILTER (WHERE what = 'created'), total(total) FILTER (WHERE what = 'finished'),
    total(total) FILTER (WHERE what = 'failed')
FROM zonda_tally WHERE queue = '' AND path = '' GROUP BY at;
DROP TABLE zonda_tally;
"""


class Migration(migrations.Migration):
    """`zonda_tally` in the place of `zonda_minute`."""

    dependencies = [("zonda", "0004_rounds")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TALLY, MINUTE)],
            state_operations=[
                migrations.DeleteModel("Minute"),
                migrations.CreateModel(
                    name="Tally",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "at",
                                "queue",
                                "path",
                                "what",
                                "bucket",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("queue", models.CharField(max_length=64)),
                        ("path", models.CharField(max_length=400)),
                        ("what", models.CharField(max_length=8)),
                        ("bucket", models.PositiveSmallIntegerField(default=0)),
                        ("total", models.PositiveBigIntegerField(default=0)),
                    ],
                    options={"db_table": "zonda_tally"},
                ),
            ],
        )
    ]
