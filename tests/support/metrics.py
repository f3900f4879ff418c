"""Reading what /metrics says."""

import urllib.request

from prometheus_client.parser import text_string_to_metric_families


def samples(text: str) -> dict[str, float]:
    """Each sample by its name and labels: `zonda_reports_total[('outcome', 'STALE')]`."""
    return {
        f"{sample.name}{sorted(sample.labels.items())}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def measured(url: str) -> dict[str, float]:
    """What the backend at this address, `http://HOST:PORT/`, has measured."""
    with urllib.request.urlopen(f"{url}metrics", timeout=20) as answer:
        return samples(answer.read().decode())
