"""Eight processes that grant and settle on one record at the same moment, until every task has ended.

One epoch grants at a time (I13). Here eight share its number, as a ventilator's threads might, and never a fence: what
keeps two of them from one task is the record alone. Each tries to grant under an older epoch first.
"""

import json
from collections import Counter
from typing import Final

import pytest
from django.db.models import Count, Max, Min

from backend.doctor import record as doctor
from backend.tasks import store
from backend.tasks.models import Attempt, Task
from tests.support.record import a_draft
from tests.support.together import run_together

pytestmark = pytest.mark.django_db(transaction=True)

GRANTERS: Final = 8
TASKS: Final = 2_000
BATCH: Final = 40
TRIES: Final = 2

CODE: Final = """
import json
from collections import Counter
from itertools import islice
from random import Random
from django.db.models import Max
from msgspec import Raw
from backend.tasks import store
from backend.tasks.grants import Choice, Closing
from backend.tasks.lifecycle import Cause
from backend.tasks.models import Task
from wire.messages import AttemptFailed, AttemptStarted, AttemptSucceeded

epoch, mine, batch = (int(argument) for argument in sys.argv[1:])
holder, chance = f"granter-{mine}", Random(mine)
answers, granted = Counter(), []

def choose(offer):
    # Every other of what is there: eight see the same, and take what the others may be taking. In the transaction, a
    # fence above all there were, of numbers that are this granter's alone.
    newest = Task.objects.aggregate(newest=Max("fence"))["newest"]
    count = (max(newest, epoch << 32) >> 4) + 1
    candidates = list(islice(offer, 4 * batch))
    chosen = candidates[mine % 3 :: 2][:batch] or candidates[:batch]
    return [Choice(c.seq, (count + n << 4) + mine, holder, f"W{mine}") for n, c in enumerate(chosen)]

try:
    store.grant(epoch - 1, queues=None, limit=batch, choose=choose)
    refused = False
except store.NewerEpoch:
    refused = True
empty = 0
while empty < 3:
    grants = store.grant(epoch, queues=None, limit=2 * batch, choose=choose).grants
    empty = 0 if grants else empty + 1
    reports, closings = [], []
    for grant in grants:
        granted.append((grant.task_id, grant.fence, grant.attempt))
        common = {"task_id": grant.task_id, "attempt": grant.attempt, "fence": grant.fence}
        common |= {"worker": f"W{mine}", "incarnation": holder}
        fate = chance.random()
        if fate < 0.1:
            closings.append(Closing(grant.fence, holder, grant.task_id, Cause.HANDED_BACK))
            continue
        reports.append(AttemptStarted(**common))
        if fate < 0.25:
            reports.append(AttemptFailed(**common, ran=0.0, error="no", exception="", traceback="", delay=0.0))
        else:
            reports.append(AttemptSucceeded(**common, ran=0.0, result=Raw(b"3")))
    if closings:
        store.close(epoch, closings)
    for first in range(0, len(reports), 30):
        some = reports[first : first + 30]
        answers.update(answer.value for answer in store.report(some))
        if chance.random() < 0.3:
            answers.update("AGAIN " + answer.value for answer in store.report(some))
print(json.dumps({"answers": answers, "granted": granted, "refused": refused}))
"""


def test_what_eight_processes_grant_and_settle_at_once_is_granted_and_ends_once():
    """I4, I5, I6, I7, I13."""
    epoch = store.raise_epoch(store.raise_epoch(0))
    store.create([a_draft(n, max_attempts=TRIES) for n in range(TASKS)])

    printed = run_together(CODE, [[str(epoch), str(n), str(BATCH)] for n in range(1, GRANTERS + 1)])

    granters = [json.loads(line) for line in printed]
    assert all(granter["refused"] for granter in granters), "I13: an older epoch grants nothing"
    granted = [grant for granter in granters for grant in granter["granted"]]
    fences = [fence for _, fence, _ in granted]
    assert len(fences) == len(set(fences)) >= TASKS
    assert min(len(granter["granted"]) for granter in granters) > 0, "every one of them took part"

    answers = sum((Counter(granter["answers"]) for granter in granters), Counter())
    # What a worker says under its own grant is applied, whoever else writes; said again, it is a duplicate.
    assert set(answers) <= {"APPLIED", "AGAIN DUPLICATE"}, answers
    attempts = Attempt.objects.count()
    assert answers["APPLIED"] == 2 * attempts, "I4: a start and an end are applied once for each attempt"

    ended = Counter(Task.objects.values_list("status", flat=True))
    assert set(ended) <= {"FINISHED", "FAILED"}
    assert ended.total() == TASKS
    numbered = (
        Attempt.objects.order_by().values("task").annotate(n=Count("id"), first=Min("number"), last=Max("number"))
    )
    assert all((row["first"], row["last"]) == (1, row["n"]) and row["n"] <= TRIES for row in numbered), "I6, I7"
    assert not set(Attempt.objects.values_list("fence", flat=True)) - set(fences), "I5"
    assert [finding for check in doctor.CHECKS if check.number != "L3" for finding in check.look()] == []
    store.engine.close()
