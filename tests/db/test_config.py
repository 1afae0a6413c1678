"""An installation makes its keys once, keeps them to itself, and says in one line why it cannot start."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from clinic.config import SettingsError, load

ROOT = Fernet.generate_key().decode()


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return {"CLINIC_INSTANCE": str(tmp_path / "instance")}


def test_the_first_start_makes_keys_that_nobody_else_can_read(home: dict[str, str]) -> None:
    first = load(home)
    files = sorted(path for path in (first.instance / "keys").iterdir())
    assert [path.name for path in files] == ["0001.key", "root.secret"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE((first.instance / "keys").stat().st_mode) == 0o700
    assert load(home) == first
    assert first.database_url == f"sqlite:///{first.instance}/clinic.sqlite3"


def test_two_first_starts_at_once_agree_on_their_keys(home: dict[str, str]) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: load(home), range(8)))
    assert len({(one.fernet_keys, one.root_secret) for one in found}) == 1
    assert [path.name for path in found[0].instance.iterdir()] == ["keys"]


def test_a_key_with_a_higher_number_is_the_new_one(home: dict[str, str]) -> None:
    old = load(home)
    newer = old.instance / "keys/0002.key"
    newer.write_text(Fernet.generate_key().decode())
    newer.chmod(0o600)
    assert load(home).fernet_keys == (newer.read_text(), *old.fernet_keys)
    assert load(home).derived("index") == old.derived("index")


def test_keys_come_from_the_environment_where_it_has_them(home: dict[str, str]) -> None:
    keys = [Fernet.generate_key().decode() for _ in range(2)]
    found = load(home | {"CLINIC_KEYS": ", ".join(keys), "CLINIC_ROOT_SECRET": ROOT})
    assert found.fernet_keys == tuple(keys)
    assert not (found.instance / "keys").exists()


def test_each_purpose_has_a_key_of_its_own(home: dict[str, str]) -> None:
    settings = load(home)
    keys = {settings.derived(label) for label in ("index", "link", "session")} | {settings.root_secret}
    assert len(keys) == 4


def test_secrets_do_not_show_when_settings_are_printed(home: dict[str, str]) -> None:
    settings = load(home)
    assert settings.fernet_keys[0] not in repr(settings)
    assert "root_secret" not in repr(settings)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param({"CLINIC_KEYS": "short"}, "Encryption key 1 must be 32", id="a short key"),
        pytest.param({"CLINIC_KEYS": "é" * 44}, "must be 32", id="a key that is not ASCII"),
        pytest.param({"CLINIC_KEYS": "YWFh" * 10 + "YWE="}, "too weak", id="a repeated letter as key"),
        pytest.param({"CLINIC_ROOT_SECRET": "AAAA"}, "root secret must be", id="a short root secret"),
        pytest.param({"CLINIC_PORT": "80a"}, "CLINIC_PORT", id="a port that is no number"),
        pytest.param({"CLINIC_PORT": "65536"}, "CLINIC_PORT", id="a port that does not exist"),
        pytest.param({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL", id="a database that is not supported"),
    ],
)
def test_a_bad_setting_is_refused_in_one_line(home: dict[str, str], given: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError, match=told) as refused:
        load(home | given)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["0001.key", "root.secret"])
def test_a_missing_and_an_open_key_file_are_refused(home: dict[str, str], name: str) -> None:
    file = load(home).instance / "keys" / name
    file.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        load(home)
    file.unlink()
    with pytest.raises(SettingsError, match="put it back"):
        load(home)


def test_new_keys_are_not_made_beside_an_old_database(home: dict[str, str]) -> None:
    instance = Path(home["CLINIC_INSTANCE"])
    instance.mkdir()
    (instance / "clinic.sqlite3").touch()
    with pytest.raises(SettingsError, match="cannot be read"):
        load(home)
    assert not (instance / "keys").exists()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_address_of_postgresql_uses_the_driver_that_is_installed(home: dict[str, str], scheme: str) -> None:
    found = load(home | {"DATABASE_URL": f"{scheme}://clinic@db/clinic"})
    assert found.database_url == "postgresql+psycopg://clinic@db/clinic"
    assert not found.is_sqlite


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("smtp://mail.example", ("mail.example", 587, "starttls", "", "")),
        ("smtp://mail.example:2525?starttls=0", ("mail.example", 2525, "none", "", "")),
        ("smtp://localhost", ("localhost", 25, "none", "", "")),
        ("smtps://me%40here:p%3Aw%2F@mail.example", ("mail.example", 465, "tls", "me@here", "p:w/")),
    ],
)
def test_a_mail_server_is_spoken_to_over_tls_unless_somebody_says_otherwise(
    home: dict[str, str], url: str, found: tuple[str, int, str, str, str]
) -> None:
    mail = load(home | {"SMTP_URL": url, "MAIL_FROM": "forms@clinic.example"}).mail

    assert mail is not None
    assert (mail.host, mail.port, mail.security, mail.user, mail.password) == found
    assert mail.sender == "forms@clinic.example"
    assert "p:w/" not in repr(mail)


def test_messages_are_only_printed_in_a_demo_or_when_somebody_says_so(home: dict[str, str]) -> None:
    settings = load(home)
    assert settings.mail is None
    assert load(home | {"SMTP_URL": "console:"}).mail is not None

    (settings.instance / "is-demo").touch()
    mail = load(home).mail
    assert mail is not None
    assert mail.host == ""


def test_links_in_messages_lead_to_where_people_reach_the_clinic(home: dict[str, str]) -> None:
    assert load(home | {"CLINIC_PORT": "8123"}).origin == "http://127.0.0.1:8123"
    assert load(home | {"CLINIC_URL": "https://forms.clinic.example/"}).origin == "https://forms.clinic.example"
