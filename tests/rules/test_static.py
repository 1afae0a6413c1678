"""Check what static/src/build.mjs made: names, fonts and weight."""

import gzip
import hashlib
import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
MANIFEST: dict[str, str] = json.loads((STATIC / "vendor/manifest.json").read_text(encoding="utf-8"))


def built(name: str) -> Path:
    return STATIC / MANIFEST[name]


def test_every_published_name_holds_the_hash_of_its_content() -> None:
    assert {"site.css", "site.js", "trends.js", "icon.svg"} <= set(MANIFEST)
    for name in MANIFEST:
        digest = hashlib.sha256(built(name).read_bytes()).hexdigest()[:12]
        assert f".{digest}." in built(name).name


def test_every_file_the_stylesheet_names_is_there() -> None:
    css = built("site.css").read_text(encoding="utf-8")
    named = re.findall(r"url\(\"?([^\")]+)\"?\)", css)
    assert len([url for url in named if url.endswith(".woff2")]) == 2
    assert [url for url in named if not (built("site.css").parent / url).is_file()] == []


def test_the_stylesheet_carries_nothing_of_the_nhs_look() -> None:
    css = built("site.css").read_text(encoding="utf-8").lower()
    assert "frutiger" not in css
    assert "#005eb8" not in css
    assert ".nhsuk-header" not in css


def test_the_compressed_twins_hold_the_same_bytes() -> None:
    for name in ("site.css", "site.js", "trends.js", "icon.svg"):
        plain = built(name)
        assert gzip.decompress(plain.with_name(plain.name + ".gz").read_bytes()) == plain.read_bytes()
        assert plain.with_name(plain.name + ".br").stat().st_size < plain.stat().st_size


def test_style_script_and_fonts_leave_room_in_the_first_visit() -> None:
    # A first visit may transfer 120 kB in all; half of it is kept for pages to come.
    packed = sum(built(name).with_name(built(name).name + ".gz").stat().st_size for name in ("site.css", "site.js"))
    fonts = sum(built(name).stat().st_size for name in MANIFEST if name.startswith("fonts/"))
    assert packed + fonts < 60_000


def test_the_printed_page_finds_its_fonts_and_their_licences() -> None:
    names = [
        "SourceSans3-Regular",
        "SourceSans3-SemiBold",
        "SourceSans3-Italic",
        "DejaVuSans",
        "DejaVuSans-Bold",
    ]
    for name in names:
        # A TrueType file begins with the number 1.0.
        assert (STATIC / f"vendor/fonts/{name}.ttf").read_bytes()[:4] == b"\x00\x01\x00\x00"
    for licence in ("atkinson-hyperlegible-next", "source-sans-3", "dejavu"):
        assert (STATIC / f"vendor/licences/{licence}.txt").stat().st_size > 1000
