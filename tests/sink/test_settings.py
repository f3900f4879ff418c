import pytest

from sink.settings import BadSettings, Settings


def test_every_setting_has_a_default():
    settings = Settings.read({})

    assert settings.home.path.name == ".zonda"
    assert (settings.transport, settings.graphql_url) == ("zeromq+ipc:", "http://127.0.0.1:8000/graphql")


@pytest.mark.parametrize("blank", ["", " ", "\t"], ids=repr)
def test_a_blank_variable_is_none(blank):
    names = ("ZONDA_HOME", "ZONDA_TRANSPORT", "ZONDA_GRAPHQL_URL")

    assert Settings.read(dict.fromkeys(names, blank)) == Settings.read({})


@pytest.mark.parametrize("url", ["ftp://a/", "127.0.0.1:8000", "http://", "http://a:x/", "http://[/"])
def test_a_wrong_address_is_named(url):
    with pytest.raises(BadSettings, match="ZONDA_GRAPHQL_URL"):
        Settings.read({"ZONDA_GRAPHQL_URL": url})
