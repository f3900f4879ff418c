import pytest

from backend.door.page import suits


@pytest.mark.parametrize("version", ["v20.19.0", "v20.20.2", "v22.12.0", "v22.13.1", "v23.0.0", "v24.1.0"])
def test_a_node_that_vite_runs_on_suits(version):
    assert suits(version)


@pytest.mark.parametrize("version", ["", "v18.20.0", "v20.18.3", "v21.7.0", "v22.11.0", "20.19.0", "nonsense"])
def test_an_older_node_or_none_does_not(version):
    assert not suits(version)
