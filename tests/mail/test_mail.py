"""Messages reach a real mail server as they were written, and what goes wrong has a name that tells nothing."""

import ipaddress
import ssl
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from clinic.config import MailSettings
from clinic.mail.channel import open_channel
from clinic.mail.letter import REASONS, Letter, Undelivered
from tests.factories import NOW
from tests.sink import PASSWORD, USER, Sink, with_password

LETTER = Letter(
    message_id="5f1b",
    sender_name="Clínica del Puerto",
    recipient="maria@mail.example",
    subject="Antes de su cita: mañana",
    text="Abra este enlace, por favor:\n\nhttps://forms.example/q/abc\n",
)


@pytest.fixture
def sink() -> Iterator[Sink]:
    sink = Sink()
    sink.open()
    yield sink
    sink.shut()


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a certificate of this machine that is trusted."""
    file = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return file


@pytest.fixture
def guarded(certificate: Path) -> Iterator[Sink]:
    """Return a server that takes letters over TLS, from who signs in."""
    sink = with_password(context_of(certificate))
    sink.open()
    yield sink
    sink.shut()


def send(mail: MailSettings | None, *letters: Letter) -> None:
    with closing(open_channel(mail)) as channel:
        for one in letters:
            channel.send(one, NOW)


def refusal(mail: MailSettings | None, letter: Letter = LETTER) -> Undelivered:
    with pytest.raises(Undelivered) as told:
        send(mail, letter)
    assert told.value.reason.split()[0] in REASONS
    assert "maria" not in told.value.reason
    return told.value


def test_a_letter_arrives_word_for_word(sink: Sink) -> None:
    send(sink.mail(), LETTER)

    (came,) = sink.letters
    assert came["Subject"] == LETTER.subject
    assert came["From"] == "Clínica del Puerto <forms@harbour.example>"
    assert came["To"] == LETTER.recipient
    assert came["Message-ID"] == "<5f1b@harbour.example>"
    assert came["Date"].datetime == NOW
    assert came["Auto-Submitted"] == "auto-generated"
    assert came.get_content().replace("\r\n", "\n") == LETTER.text


def test_several_letters_use_one_connection(sink: Sink) -> None:
    send(sink.mail(), LETTER, replace(LETTER, message_id="5f1c"))

    assert sink.ids == ["<5f1b@harbour.example>", "<5f1c@harbour.example>"]
    assert sink.connections == 1


@pytest.mark.parametrize(
    "letter",
    [
        pytest.param(replace(LETTER, recipient="maria@mail.example\r\nBcc: all@mail.example"), id="recipient"),
        pytest.param(replace(LETTER, recipient="maria@mail.example, all@mail.example"), id="two recipients"),
        pytest.param(replace(LETTER, recipient=""), id="no recipient"),
        pytest.param(replace(LETTER, recipient="maria@mail..example"), id="two dots"),
        pytest.param(replace(LETTER, recipient="maria@["), id="half a domain"),
        pytest.param(replace(LETTER, subject="Hello\r\nBcc: all@mail.example"), id="subject"),
        pytest.param(replace(LETTER, sender_name="Harbour\r\nBcc: all@mail.example"), id="sender"),
    ],
)
def test_headers_cannot_be_split(sink: Sink, letter: Letter) -> None:
    assert not refusal(sink.mail(), letter).is_for_all
    assert sink.letters == []


@pytest.mark.parametrize("sender", ["forms@harbour..example", "forms@["])
def test_a_sender_that_cannot_be_written_is_a_reason_and_no_crash(sender: str) -> None:
    with pytest.raises(Undelivered, match=r"^message$"):
        LETTER.written(sender, NOW)


def test_one_address_that_is_refused_does_not_keep_the_others_back(sink: Sink) -> None:
    sink.refused["maria@mail.example"] = "550 No such user maria@mail.example"
    with closing(open_channel(sink.mail())) as channel:
        with pytest.raises(Undelivered, match=r"^recipient 550$") as told:
            channel.send(LETTER, NOW)
        assert not told.value.is_for_all
        channel.send(replace(LETTER, recipient="ana@mail.example"), NOW)

    assert [one["To"] for one in sink.letters] == ["ana@mail.example"]


def test_a_server_that_is_away_is_unreachable_for_all(sink: Sink) -> None:
    sink.shut()

    told = refusal(sink.mail())
    assert (told.reason, told.is_for_all) == ("unreachable", True)


def test_without_a_mail_server_nothing_leaves() -> None:
    told = refusal(None)
    assert (told.reason, told.is_for_all) == ("no_server", True)


def test_the_console_prints_a_message(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="clinic.mail"):
        send(MailSettings(), LETTER)

    assert "To: maria@mail.example" in caplog.text
    assert "https://forms.example/q/abc" in caplog.text


def test_tls_is_never_given_up_silently(sink: Sink) -> None:
    told = refusal(sink.mail(security="starttls"))
    assert (told.reason, told.is_for_all) == ("tls", True)
    assert sink.letters == []


def test_a_server_with_a_password_takes_the_right_one_only(guarded: Sink) -> None:
    mail = guarded.mail(security="starttls", user=USER)
    assert refusal(replace(mail, password="another one")).reason == "sign_in"
    assert refusal(replace(mail, user="")).is_for_all
    send(replace(mail, password=PASSWORD), LETTER)
    assert len(guarded.letters) == 1


def test_a_certificate_must_be_trusted(guarded: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    told = refusal(guarded.mail(security="starttls", user=USER, password=PASSWORD))
    assert (told.reason, told.is_for_all) == ("tls", True)


def test_a_server_may_speak_tls_from_the_first_word(certificate: Path) -> None:
    sink = Sink(ssl_context=context_of(certificate))
    sink.open()
    send(sink.mail(security="tls"), LETTER)
    sink.shut()
    assert len(sink.letters) == 1


def context_of(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def make_certificate(folder: Path) -> Path:
    """Make a certificate for this machine with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "server.pem"
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file
