"""What the operator of the web chat gives: settings from three places, and passwords."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from serving import ROOT, environment_for

from rag.cli import main
from rag.errors import InputError, SettingsError
from rag.flags import FLAGS, SECRET, parse_flags
from rag.passwords import Passwords, hash_password
from rag.settings import Settings


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch, tmp_path):
    """No FOOTNOTE_ variable, no rag.toml; what a flag sets is gone afterwards."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.setenv(f"FOOTNOTE_{name.upper()}", "")
        monkeypatch.delenv(f"FOOTNOTE_{name.upper()}")


# ---------------------------------------------------------------- where settings come from


def test_a_flag_wins_over_the_environment_and_that_over_the_file(monkeypatch, tmp_path):
    (tmp_path / "rag.toml").write_text(
        'port = 1\nhost = "::1"\nqueue_size = 3\nallowed_hosts = ["a.example", "b.example"]\n'
    )
    monkeypatch.setenv("FOOTNOTE_PORT", "2")
    monkeypatch.setenv("FOOTNOTE_HOST", "localhost")
    parse_flags(["--port", "3", "--allow-url", "true", "--index", "news"])
    settings = Settings.load()
    assert (settings.port, settings.host, settings.queue_size) == (3, "localhost", 3)
    assert settings.allow_url is True
    assert str(settings.index) == "news"
    assert settings.allowed_hosts == ("a.example", "b.example")


def test_an_unknown_name_in_the_file_is_refused_and_named(tmp_path):
    (tmp_path / "rag.toml").write_text("prot = 80\n")
    with pytest.raises(SettingsError, match="prot"):
        Settings.load()


def test_several_values_are_words_in_the_environment(monkeypatch):
    monkeypatch.setenv("FOOTNOTE_ALLOWED_HOSTS", " a.example  b.example ")
    assert Settings.load().allowed_hosts == ("a.example", "b.example")


def test_every_setting_of_the_chat_but_secrets_has_a_flag():
    assert set(FLAGS) | SECRET == set(Settings.model_fields)


@pytest.mark.parametrize("command", [["ui.py"], ["-m", "rag", "chat"]])
def test_an_unknown_flag_is_refused_and_named(command, tmp_path):
    done = subprocess.run(
        [sys.executable, *(str(ROOT / c) if c == "ui.py" else c for c in command), "--prot", "80"],
        env=environment_for(tmp_path / "index"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith("unrecognized arguments: --prot 80")


@pytest.mark.parametrize(
    ("given", "may"),
    [
        ({}, True),
        ({"host": "0.0.0.0"}, False),
        ({"host": "0.0.0.0", "login": ("anna:x",)}, True),
        ({"host": "0.0.0.0", "allow_edit": True}, True),
        ({"allow_edit": False}, False),
    ],
)
def test_articles_are_changed_by_the_machines_own_people_or_those_who_log_in(given, may):
    assert Settings.load(**given).may_edit is may


def test_the_defaults_are_the_safe_ones():
    settings = Settings.load()
    assert (settings.host, settings.frame_ancestors) == ("127.0.0.1", "'self'")
    assert (settings.allow_url, settings.login, settings.allowed_hosts) == (False, (), ())
    assert (settings.max_upload_mb, settings.max_upload_files) == (20, 20)
    assert (settings.max_question_length, settings.queue_size, settings.concurrency) == (
        2000,
        64,
        4,
    )


# ---------------------------------------------------------------- passwords


def check(passwords: Passwords, user: str, password: str) -> bool:
    return asyncio.run(passwords.check(user, password))


def test_the_right_password_of_the_right_user_and_no_other():
    passwords = Passwords(
        [hash_password("anna", "pass wörd 1"), hash_password("ben", "password 2")]
    )
    assert check(passwords, "anna", "pass wörd 1")
    assert not check(passwords, "anna", "password 2")
    assert not check(passwords, "ben", "pass wörd 1")
    assert not check(passwords, "carol", "password 2")
    assert not check(passwords, "anna", "")
    assert not check(passwords, "anna", "\ud800")


def test_a_hash_is_salted_and_safe_in_a_shell_and_in_a_settings_file():
    one, two = hash_password("anna", "password 1"), hash_password("anna", "password 1")
    assert one != two
    assert "password" not in one
    assert not set(one) & set("$\"'`\\ #=!&|;<>()*?[]{}~%")


@pytest.mark.parametrize(
    ("user", "password"), [("", "long enough"), ("a:b", "long enough"), ("a b", "long enough")]
)
def test_a_name_that_could_not_be_told_from_its_hash_is_refused(user, password):
    with pytest.raises(InputError, match="user's name"):
        hash_password(user, password)


def test_a_short_password_is_refused():
    with pytest.raises(InputError, match="at least 8"):
        hash_password("anna", "1234567")


@pytest.mark.parametrize("pair", ["anna:secret-word", "anna", "anna:scrypt.15.8.1.short.short"])
def test_a_plain_password_in_the_settings_is_refused_and_not_shown(pair):
    with pytest.raises(SettingsError, match="entry 1 is not user:HASH") as caught:
        Passwords([pair])
    assert "secret-word" not in str(caught.value)


def test_the_command_hashes_the_first_line_it_is_given(monkeypatch, capsys):
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse\n"))
    assert main(["hash-password", "anna"]) == 0
    line = capsys.readouterr().out.strip()
    assert check(Passwords([line]), "anna", "correct horse")
