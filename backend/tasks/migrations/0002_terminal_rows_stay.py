"""Let the database itself refuse to change a task that has ended (I4)."""

from django.db import migrations

CREATE = """
CREATE TRIGGER zonda_task_terminal BEFORE UPDATE ON zonda_task
WHEN OLD.status IN ('FAILED', 'FINISHED')
BEGIN
    SELECT RAISE(ABORT, 'a task that has ended does not change');
END
"""


class Migration(migrations.Migration):
    """The trigger of I4."""

    dependencies = [("zonda", "0001_record")]
    operations = [migrations.RunSQL(CREATE, "DROP TRIGGER zonda_task_terminal")]
