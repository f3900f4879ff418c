"""Let only a new round change a task that has ended (I4), and begin the counters where the record stands."""

from django.db import migrations

# The table was made anew by the migration before, which took its triggers away.
DROP = "DROP TRIGGER IF EXISTS zonda_task_terminal;"
CREATE = """
CREATE TRIGGER zonda_task_terminal BEFORE UPDATE ON zonda_task
WHEN OLD.status IN ('FAILED', 'FINISHED') AND (NEW.round IS NOT OLD.round + 1 OR NEW.status IS NOT 'QUEUEING')
BEGIN
    SELECT RAISE(ABORT, 'a task that has ended does not change');
END;
"""
BEFORE = """
CREATE TRIGGER zonda_task_terminal BEFORE UPDATE ON zonda_task
WHEN OLD.status IN ('FAILED', 'FINISHED')
BEGIN
    SELECT RAISE(ABORT, 'a task that has ended does not change');
END;
"""
COUNTERS = """
UPDATE zonda_queue SET created = queueing + running + failed + finished;
INSERT INTO zonda_settled (queue, status, reason, total)
SELECT queue, status, coalesce(reason, ''), count(*) FROM zonda_task
WHERE status IN ('FAILED', 'FINISHED') GROUP BY queue, status, reason;
"""


class Migration(migrations.Migration):
    """The trigger of I4, and counters for what was there before they were kept."""

    dependencies = [("zonda", "0003_whole_contract")]
    operations = [
        migrations.RunSQL(DROP + CREATE, DROP + BEFORE),
        migrations.RunSQL(COUNTERS, migrations.RunSQL.noop),
    ]
