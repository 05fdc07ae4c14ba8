"""Loading: every kind of file, folders and globs, and every way in which a source can be bad."""

from __future__ import annotations

import datetime
import hashlib
import io
import itertools
import os
import re
import subprocess
import sys
import time
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from load_samples import REPAIRS, STORM, encrypted_pdf, page, pdf, write, zip_bomb

from rag.errors import LoadError
from rag.load import (
    Limits,
    Skipped,
    Source,
    fingerprint,
    from_documents,
    list_sources,
    load,
    load_source,
)
from rag.types import Article

ROOT = Path(__file__).parent.parent


def article(path: Path) -> Article:
    """The one article of a file."""
    (loaded,) = load(path)
    assert isinstance(loaded, Article), loaded
    return loaded


def reason(path: Path, limits: Limits | None = None) -> str:
    """Why a file was skipped."""
    (skipped,) = load(path, limits=limits or Limits())
    assert isinstance(skipped, Skipped), skipped
    assert skipped.source.endswith(path.name)
    return skipped.reason


def file(folder: Path, name: str, content: str | bytes) -> Path:
    return write(folder, {name: content}) / name


# -- Each kind of file --------------------------------------------------------------------------


def test_the_seed_folder_gives_its_article() -> None:
    (seed,) = load(ROOT / "seeds")
    assert isinstance(seed, Article)
    assert seed.id == "000_f7661af205ce43e5.txt"
    assert seed.published == datetime.date(2024, 7, 26)
    assert seed.text.startswith("North Korea delivered a stinging rebuke")
    assert len(seed.captions) == 2


def test_markdown_is_read_as_it_is_shown(tmp_path: Path) -> None:
    loaded = article(
        file(
            tmp_path,
            "storm.md",
            "---\ntitle: Storm *hits* coast\ndate: 2024-07-26\n---\n"
            "# Storm *hits* coast\n\nA **storm** hit [the coast](https://a.example).\n"
            "It was `loud`.\n\n> We have never seen\n> anything like this.\n\n"
            "![The harbour (AP)](a.jpg)\n\n- power\n- roads\n    - the A30\n\n"
            "| Town | Wind |\n|---|---|\n| Looe | 90 |\n\n<script>alert(1)</script>\n",
        )
    )
    assert loaded.published == datetime.date(2024, 7, 26)
    assert loaded.title == "Storm *hits* coast"
    assert loaded.text == (
        "Storm hits coast\n\nA storm hit the coast. It was loud.\n\n"
        "We have never seen anything like this.\n\nThe harbour (AP)\n\n"
        "- power\n- roads\n- the A30\n\nTown | Wind\nLooe | 90"
    ).replace("Storm hits coast\n\n", "", 1)
    ((start, end),) = loaded.captions
    assert loaded.text[start:end] == "The harbour (AP)"


def test_the_first_heading_of_markdown_is_its_title(tmp_path: Path) -> None:
    loaded = article(file(tmp_path, "a.md", "# What the dam was for.\n\nIt held water back."))
    assert (loaded.title, loaded.text) == ("What the dam was for.", "It held water back.")


def test_a_pdf_gives_paragraphs_without_page_headers_and_numbers(tmp_path: Path) -> None:
    pages = [
        ["The Daily Gazette", "", "Storm hits coast", "", "Published: 26 July 2024", ""],
        ["The Daily Gazette"],
        ["The Daily Gazette"],
    ]
    pages[0] += ["A storm with winds of ninety miles an hour hit the coast on Fri-"]
    pages[0] += ["day, cutting power to twenty thousand homes and closing roads all", "1"]
    pages[1] += ["over the county, and the repairs will take weeks if not months to do.", "Short."]
    pages[1] += ["It was the worst in years, they said, and the well-known pier is gone", "2"]
    pages[2] += ["for good. The pier was well-known. On Friday it fell.", "3"]
    loaded = article(file(tmp_path, "storm.pdf", pdf(pages, "/CreationDate(D:20260101000000)")))
    assert loaded.title == "Storm hits coast"
    assert loaded.published == datetime.date(2024, 7, 26)
    assert "hit the coast on Friday, cutting power" in loaded.text
    assert "closing roads all over the county" in loaded.text
    assert "Daily Gazette" not in loaded.text
    assert not re.search(r"^\d$", loaded.text, re.M)


def test_when_a_pdf_was_made_is_not_when_it_was_published(tmp_path: Path) -> None:
    made = "/CreationDate(D:20260101000000)/Title(The storm)"
    loaded = article(file(tmp_path, "a.pdf", pdf([[STORM[:60]]], made)))
    assert (loaded.title, loaded.published) == ("The storm", None)


@pytest.mark.parametrize(
    ("stated", "title"),
    [
        *((t, t) for t in ("Scandal rocks the cabinet", "Title fight ends in draw")),
        *((t, t) for t in ("Printers strike for pay", "Documents reveal plan")),
        *((t, "") for t in ("Untitled-1", "Scan 0017", "Microsoft Word - a.doc", "storm.indd")),
    ],
)
def test_a_pdf_is_called_by_its_properties_where_they_hold_a_title(
    tmp_path: Path, stated: str, title: str
) -> None:
    path = file(tmp_path, "a.pdf", pdf([[STORM[:60], STORM[60:]]], f"/Title({stated})"))
    loaded = article(path)
    assert (loaded.title == stated) is bool(title)


def test_a_word_document_keeps_lists_tables_and_captions(tmp_path: Path) -> None:
    from docx import Document

    document = Document()
    document.add_heading("Storm hits coast", 0)
    document.add_paragraph("Published: 26 July 2024")
    document.add_paragraph(STORM)
    document.add_paragraph("The harbour wall", style="Caption")
    document.add_paragraph("power", style="List Bullet")
    document.add_paragraph("roads", style="List Bullet")
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Looe", "90"
    document.add_paragraph(REPAIRS)
    out = io.BytesIO()
    document.save(out)
    loaded = article(file(tmp_path, "storm.docx", out.getvalue()))
    assert loaded.title == "Storm hits coast"
    assert loaded.text == (
        f"{STORM}\n\nThe harbour wall\n\n- power\n- roads\n\nLooe | 90\n\n{REPAIRS}"
    )
    ((start, end),) = loaded.captions
    assert loaded.text[start:end] == "The harbour wall"
    # The template's own creation date, 2013-12-23, is no date of publication.
    assert loaded.published == datetime.date(2024, 7, 26)


def word(text: str) -> bytes:
    from docx import Document

    document, out = Document(), io.BytesIO()
    document.add_paragraph(text)
    document.save(out)
    return out.getvalue()


RSS = f"""<?xml version="1.0"?><rss version="2.0"><channel><title>The Daily</title>
<item><title>Storm &amp; flood</title><link>https://a.example/storm</link>
<pubDate>Fri, 26 Jul 2024 23:15:00 -0500</pubDate>
<description>&lt;p&gt;{STORM}&lt;/p&gt;&lt;p&gt;{REPAIRS}&lt;/p&gt;</description></item>
<item><title>Empty</title><link>https://a.example/empty</link></item>
<item><title>No link</title><guid isPermaLink="false">n1</guid>
<description>Hello there.</description></item></channel></rss>"""


@pytest.mark.parametrize("name", ["news.rss", "news.xml"])
def test_a_feed_gives_an_article_an_entry(tmp_path: Path, name: str) -> None:
    storm, empty, linkless = load(file(tmp_path, name, RSS))
    assert isinstance(storm, Article)
    assert storm.id == storm.source == "https://a.example/storm"
    assert storm.title == "Storm & flood"
    assert storm.text == f"{STORM}\n\n{REPAIRS}"
    assert storm.published == datetime.date(2024, 7, 26)
    assert isinstance(empty, Skipped)
    assert empty.reason == "an entry without text"
    assert isinstance(linkless, Article)
    assert (linkless.id, linkless.published) == (f"{name}#n1", None)


@pytest.mark.parametrize("said", ["", ' encoding="utf-16"'])
def test_a_feed_in_utf_16_is_a_feed(tmp_path: Path, said: str) -> None:
    written = RSS.replace("?>", f"{said}?>", 1).encode("utf-16")
    storm, *_ = load(file(tmp_path, "news.rss", written))
    assert isinstance(storm, Article)
    assert storm.title == "Storm & flood"


@pytest.mark.parametrize("link", ["/relative", "javascript:alert(1)"])
def test_only_an_address_on_the_web_names_an_entry_by_itself(tmp_path: Path, link: str) -> None:
    storm, *_ = load(file(tmp_path, "news.rss", RSS.replace("https://a.example/storm", link)))
    assert isinstance(storm, Article)
    assert storm.id == f"news.rss#{link}"
    assert storm.source.endswith("news.rss")


@pytest.mark.parametrize("when", ["2 hours ago", "yesterday", "Friday", "0000-00-00"])
def test_a_date_that_depends_on_the_day_of_reading_is_none(tmp_path: Path, when: str) -> None:
    stated = "Fri, 26 Jul 2024 23:15:00 -0500"
    storm, *_ = load(file(tmp_path, "news.rss", RSS.replace(stated, when)))
    assert isinstance(storm, Article)
    assert storm.published is None


def test_an_atom_feed(tmp_path: Path) -> None:
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><title>Storm</title>'
        '<id>urn:1</id><updated>2025-01-01T00:00:00Z</updated><content type="html">'
        "&lt;p&gt;It rained.&lt;/p&gt;</content></entry></feed>"
    )
    loaded = article(file(tmp_path, "news.atom", atom))
    assert (loaded.title, loaded.text) == ("Storm", "It rained.")
    assert loaded.published is None  # "updated" is not when it was published


def test_documents_of_llama_index_are_taken_without_importing_it() -> None:
    from llama_index.core import Document

    random_id = Document(text=STORM, metadata={"file_name": "a.pdf", "page_label": "3"})
    named = Document(
        text="A\x00 storm.\ud800",
        id_="storm-1",
        metadata={"title": "Storm", "published": "2024-07-26", "creation_date": "2026-01-01"},
    )
    blank = Document(text="  \n", id_="blank")
    first, second, third = from_documents([random_id, named, blank])
    assert isinstance(first, Article)
    assert (first.id, first.source, first.published) == ("a.pdf#page=3", "a.pdf", None)
    assert isinstance(second, Article)
    assert (second.id, second.title, second.text) == ("storm-1", "Storm", "A storm.\ufffd")
    assert second.published == datetime.date(2024, 7, 26)
    assert third == Skipped("blank", "no article text in it")


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("<dc:date>2024-07-26T10:00:00Z</dc:date>", datetime.date(2024, 7, 26)),
        ("<dct:modified>2024-07-28</dct:modified>", None),
    ],
)
def test_the_date_of_an_rss_1_0_item(
    tmp_path: Path, field: str, expected: datetime.date | None
) -> None:
    feed = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:dct="http://purl.org/dc/terms/">'
        '<item rdf:about="https://a.example/1"><title>Storm</title>'
        f"<link>https://a.example/1</link><description>{STORM}</description>{field}</item>"
        "</rdf:RDF>"
    )
    assert article(file(tmp_path, "a.rss", feed)).published == expected


def test_parsers_are_imported_only_when_needed() -> None:
    code = (
        "import sys; from rag.load import load; list(load('seeds'));"
        "print(*{'trafilatura', 'pypdf', 'docx', 'feedparser', 'lxml', 'httpx', 'llama_index',"
        "'markdown_it', 'charset_normalizer', 'httpcore'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == ""


# -- Encodings ----------------------------------------------------------------------------------

CAFE = "Le café était fermé — “déjà vu”, dit le garçon. " * 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_the_encoding_is_found(tmp_path: Path, encoding: str) -> None:
    assert article(file(tmp_path, "a.txt", CAFE.encode(encoding))).text == CAFE.strip()


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Буря обрушилась на побережье в пятницу, оставив без света тысячи домов. ", "cp1251"),
        ("金曜日、嵐が海岸を襲い、二万戸が停電し、郡内の道路が閉鎖された。", "shift_jis"),
    ],
)
def test_other_scripts_in_their_old_encodings(tmp_path: Path, text: str, encoding: str) -> None:
    raw = (text * 4).encode(encoding)
    assert article(file(tmp_path, "a.txt", raw)).text == (text * 4).strip()


def test_one_broken_byte_does_not_cost_the_article(tmp_path: Path) -> None:
    raw = CAFE.encode() + b"\xff end."
    assert article(file(tmp_path, "a.txt", raw)).text.endswith("\ufffd end.")


# -- Bad input: named, skipped, and the run goes on ----------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("empty.txt", b"", "empty"),
        ("blank.txt", b" \n\t\n ", "empty"),
        ("invisible.txt", "\u200b\ufeff".encode(), "no article text"),
        ("appeal.txt", b"Support independent journalism today.", "nothing but boilerplate"),
        ("binary.txt", bytes(range(256)) * 20, "binary data"),
        ("really-a.txt", pdf([["Hello"]]), "a PDF; give it the right file name"),
        ("really-a-picture.txt", b"\x89PNG\r\n\x1a\n" + bytes(200), "an image"),
        ("truncated.pdf", pdf([["Hello"]])[:120], "unreadable PDF"),
        ("garbage.pdf", b"%PDF-1.7\n" + bytes(range(256)) * 9, "unreadable PDF"),
        ("scan.pdf", pdf([[]]), "scanned pages"),
        ("no-zip.docx", b"Hello", "no .docx file"),
        ("other-zip.docx", zip_bomb()[:100], "no .docx file"),
        ("data.xml", "<a><b>1</b></a>", "no RSS or Atom"),
        ("none.rss", '<rss version="2.0"><channel/></rss>', "without entries"),
        ("bomb.rss", '<!DOCTYPE r [<!ENTITY a "b">]><rss>&a;</rss>', "RSS or Atom"),
        ("old.doc", b"\xd0\xcf\x11\xe0", "save it as .docx"),
        ("photo.jpeg", b"\xff\xd8\xff", "not a kind of file that can be read"),
        ("noname", b"Hello", "no ending"),
    ],
)
def test_a_bad_file_is_skipped_with_a_reason(
    tmp_path: Path, name: str, content: str | bytes, expected: str
) -> None:
    assert expected in reason(file(tmp_path, name, content))


def test_a_pdf_with_a_password_is_skipped(tmp_path: Path) -> None:
    assert "password" in reason(file(tmp_path, "a.pdf", encrypted_pdf("secret")))


def test_a_pdf_that_anyone_may_open_is_read(tmp_path: Path) -> None:
    assert article(file(tmp_path, "a.pdf", encrypted_pdf(""))).text.startswith("A storm")


def test_a_pdf_of_two_thousand_pages_is_skipped(tmp_path: Path) -> None:
    assert "2,000 pages" in reason(file(tmp_path, "a.pdf", pdf([["Hello there."]] * 2000)))


def flate_pdf(content: bytes) -> bytes:
    """A PDF of one page whose content is packed."""
    packed = zlib.compress(content, 9)
    plain = pdf([["x"]])
    start, end = plain.index(b"<</Length"), plain.index(b"endstream")
    stream = b"<</Length %d/Filter/FlateDecode>>stream\n%s\n" % (len(packed), packed)
    return plain[:start] + stream + plain[end:]


def test_a_pdf_bomb_is_not_parsed(tmp_path: Path) -> None:
    bomb = flate_pdf(b"BT " + b"() Tj " * 5_000_000 + b"ET")
    assert len(bomb) < 200_000
    began = time.process_time()
    assert "(a bomb?)" in reason(file(tmp_path, "a.pdf", bomb))
    assert time.process_time() - began < 10


def test_a_single_page_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch) -> None:
    path = file(tmp_path, "a.pdf", flate_pdf(b"BT /F1 9 Tf " + b"(a dam) Tj " * 4_000 + b"ET"))
    assert article(path).text.startswith("a dam")
    looks = itertools.count()
    monkeypatch.setattr("rag.load.pdf.time.monotonic", lambda: float(next(looks)))
    assert "takes more than 20 s" in reason(path, Limits(seconds=20))
    assert next(looks) < 30  # of the 4,000 words it has


def test_a_bomb_by_any_name_within_a_word_document_is_not_unpacked(tmp_path: Path) -> None:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(word("A storm."))) as whole,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for part in whole.infolist():
            data = whole.read(part).replace(b"word/document.xml", b"word/document.bin")
            if part.filename == "word/document.xml":
                data = data.replace(b"<w:sectPr", b"<w:p/>" * 250_000 + b"<w:sectPr", 1)
            archive.writestr(part.filename.replace("document.xml", "document.bin"), data)
    path = file(tmp_path, "a.docx", out.getvalue())
    assert "250,001 paragraphs" in reason(path)
    assert "of XML (a zip bomb?)" in reason(path, Limits(expanded_bytes=10_000_000))


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = zip_bomb()
    assert len(bomb) < 1_000_000
    assert "zip bomb" in reason(file(tmp_path, "a.docx", bomb))


def test_a_word_document_of_countless_paragraphs_is_not_parsed(tmp_path: Path) -> None:
    source, out = io.BytesIO(word("Hello.")), io.BytesIO()
    with zipfile.ZipFile(source) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for part in before.infolist():
            data = before.read(part)
            made.writestr(part.filename, data.replace(b"</w:body>", b"<w:p/>" * 200 + b"</w:body>"))
    path = file(tmp_path, "a.docx", out.getvalue())
    assert "201 paragraphs" in reason(path, Limits(elements=150))
    assert article(path).text == "Hello."


def test_bytes_that_are_no_encoding_are_skipped(tmp_path: Path) -> None:
    raw = bytes([129, 141, 143, 144, 157, 10, 65, 200, 250, 129]) * 30
    assert "UTF-8" in reason(file(tmp_path, "a.txt", raw)) or "binary" in reason(tmp_path / "a.txt")


def test_too_large_and_too_long(tmp_path: Path) -> None:
    path = file(tmp_path, "a.txt", "Water. " * 100)
    assert "more than 500 bytes" in reason(path, Limits(file_bytes=500))
    assert "more than 600 characters" in reason(path, Limits(characters=600))


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert reason(tmp_path / "pipe.txt") == "not a regular file"
    assert reason(tmp_path / "none.txt") == "there is no file or folder of this name"


def test_a_file_that_vanishes_meanwhile_is_skipped(tmp_path: Path) -> None:
    write(tmp_path, {"a.txt": "One dam.", "b.txt": "Two dams.", "c.txt": "Three dams."})
    run = load(tmp_path)
    first = next(run)
    (tmp_path / "b.txt").unlink()
    second, third = run
    assert isinstance(first, Article)
    assert isinstance(third, Article)
    assert isinstance(second, Skipped)
    assert second.reason == "the file is no longer there"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_skipped(tmp_path: Path) -> None:
    path = file(tmp_path, "a.txt", "One dam.")
    path.chmod(0)
    assert reason(path) == "no permission to read it"


def test_nothing_unseen_reaches_the_text(tmp_path: Path) -> None:
    raw = "A\x00 dam\u202e broke.\n\nIt\u200b was\x07 old.".encode()
    assert article(file(tmp_path, "a.txt", raw)).text == "A dam broke.\n\nIt was old."


@pytest.mark.parametrize("ending", ["txt", "md", "html", "pdf", "docx", "rss"])
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_whatever_the_bytes_a_file_gives_an_article_or_a_reason(
    tmp_path_factory: pytest.TempPathFactory, ending: str, data: st.DataObject
) -> None:
    """Random bytes, and good files with a piece cut out."""
    good = {"pdf": pdf([[STORM[:60]]]), "docx": word("A storm."), "rss": RSS.encode()}
    whole = good.get(ending, page(f"<p>{STORM}</p>").encode())
    start, length = data.draw(st.integers(0, len(whole))), data.draw(st.integers(0, 400))
    cut = whole[:start] + whole[start + length :]
    raw = data.draw(st.just(cut) | st.binary() | st.binary().map(lambda tail: whole + tail))
    path = file(tmp_path_factory.mktemp("any"), f"a.{ending}", raw)
    for item in load(path):
        shown = item.text + item.title if isinstance(item, Article) else item.reason
        assert shown
        assert "\x00" not in shown.encode("utf-8").decode("utf-8")


# -- Folders and globs --------------------------------------------------------------------------


def ids(items: list[Source | Skipped]) -> list[str]:
    return [item.id if isinstance(item, Source) else f"skipped {item.source}" for item in items]


def test_a_folder_is_listed_in_order_without_hidden_files(tmp_path: Path) -> None:
    names = ("b/2.txt", "b/1.md", "a.txt", "B.txt", ".hidden.txt", ".git/x.txt", "a/ü.txt")
    folder = write(tmp_path, dict.fromkeys(names, "x"))
    assert ids(list_sources(folder)) == ["B.txt", "a.txt", "a/ü.txt", "b/1.md", "b/2.txt"]


def test_a_glob_names_files_below_its_fixed_part(tmp_path: Path) -> None:
    write(tmp_path, dict.fromkeys(("in/a.txt", "in/b/c.txt", "in/b/.d.txt", "in/e.md"), "x"))
    assert ids(list_sources(f"{tmp_path}/in/**/*.txt")) == ["a.txt", "b/c.txt"]
    assert ids(list_sources(f"{tmp_path}/in/*.md", root=tmp_path)) == ["in/e.md"]
    with pytest.raises(LoadError, match="no file matches"):
        list_sources(f"{tmp_path}/in/*.pdf")


def test_a_glob_does_not_follow_links_to_folders(tmp_path: Path) -> None:
    write(tmp_path, {"in/a/1.txt": "One dam.", "out/2.txt": "Two dams."})
    (tmp_path / "in" / "away").symlink_to(tmp_path / "out")
    (tmp_path / "in" / "round").symlink_to(tmp_path / "in")
    assert [i for i in ids(list_sources(f"{tmp_path}/in/**/*.txt")) if i[0] != "s"] == ["a/1.txt"]
    inside, away = list_sources(f"{tmp_path}/in/*/*.txt")
    assert isinstance(inside, Source)
    assert isinstance(away, Skipped)
    assert "outside the folder" in away.reason


@pytest.mark.parametrize("name", ["", " ", "x" * 5000, "a\0b", "a**b/*.txt"])
def test_a_name_that_cannot_be_one_is_named(name: str) -> None:
    (skipped,) = load(name)
    assert isinstance(skipped, Skipped)


def test_a_file_is_called_by_its_name_or_its_path_below_the_root(tmp_path: Path) -> None:
    path = file(tmp_path, "in/a.txt", "x")
    assert ids(list_sources(path)) == ["a.txt"]
    assert ids(list_sources(path, root=tmp_path)) == ["in/a.txt"]


def test_links_out_of_the_folder_are_skipped(tmp_path: Path) -> None:
    write(tmp_path, {"secret.txt": "Secret.", "out/x.txt": "x", "in/a.txt": "One dam."})
    inside = tmp_path / "in"
    (inside / "away.txt").symlink_to(tmp_path / "secret.txt")
    (inside / "folder").symlink_to(tmp_path / "out")
    (inside / "gone.txt").symlink_to(tmp_path / "nowhere.txt")
    (inside / "loop.txt").symlink_to(inside / "loop.txt")
    (inside / "same.txt").symlink_to(inside / "a.txt")
    found = list(load(inside))
    texts = [item.text for item in found if isinstance(item, Article)]
    reasons = {Path(s.source).name: s.reason for s in found if isinstance(s, Skipped)}
    assert texts == ["One dam.", "One dam."]  # a link within the folder is followed
    assert "outside the folder" in reasons["away.txt"]
    assert "outside the folder" in reasons["folder"]
    assert reasons["gone.txt"] == reasons["loop.txt"] == "a link that leads nowhere"


def test_one_bad_file_does_not_end_the_run(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "1.txt": "One dam.",
        "2.pdf": b"%PDF-1.4 nonsense",
        "3.docx": zip_bomb(),
        "4.html": page(f"<p>{STORM}</p><p>{REPAIRS}</p>"),
        "5.txt": b"",
    }
    kinds = [type(item).__name__ for item in load(write(tmp_path, files))]
    assert kinds == ["Article", "Skipped", "Skipped", "Article", "Skipped"]


def test_a_name_that_is_no_unicode_is_shown_escaped(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/caf\xe9\n.txt"
    with open(name, "wb") as out:  # noqa: PTH123  (a name no str can hold)
        out.write(b"One dam.")
    (loaded,) = load(tmp_path)
    assert isinstance(loaded, Article)
    assert loaded.id == r"caf\udce9\u000a.txt" or loaded.id == r"caf\xe9\u000a.txt"


def test_fingerprints_are_those_of_the_bytes(tmp_path: Path) -> None:
    path = file(tmp_path, "a.txt", "One dam.")
    assert fingerprint(path) == hashlib.sha256(b"One dam.").hexdigest()
    path.unlink()
    with pytest.raises(LoadError, match="no longer there"):
        fingerprint(path)


def test_a_file_that_is_too_large_is_not_even_hashed(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as out:
        out.truncate(1 << 40)  # a hole: it takes no room, and hours to read
    with pytest.raises(LoadError, match="more than 50,000,000 bytes"):
        fingerprint(path, Limits())


def test_a_file_that_became_a_link_out_of_the_folder_is_not_read(tmp_path: Path) -> None:
    write(tmp_path, {"secret.txt": "Secret.", "in/a.txt": "One dam."})
    (source,) = list_sources(tmp_path / "in")
    assert isinstance(source, Source)
    assert source.path
    source.path.unlink()
    source.path.symlink_to(tmp_path / "secret.txt")
    (skipped,) = load_source(source)
    assert isinstance(skipped, Skipped)
    assert "outside the folder" in skipped.reason
    with pytest.raises(LoadError, match="outside the folder"):
        fingerprint(source.path, Limits(), source.inside)


def test_folders_that_cannot_be_read_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"a.txt": "One dam.", "shut/b.txt": "Two dams."})
    scandir = os.scandir

    def refusing(path: str) -> object:  # root, whom the tests may run as, is never refused
        if str(path) == str(shut):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    shut = tmp_path / "shut"
    first, second = load(tmp_path)
    assert isinstance(first, Article)
    assert second == Skipped(str(shut), "the folder cannot be read: no permission to read it")
    shut = tmp_path
    (skipped,) = load(tmp_path)
    assert skipped == Skipped(str(shut), "the folder cannot be read: no permission to read it")


def test_urls_are_off_unless_asked_for() -> None:
    (skipped,) = load("https://a.example/")
    assert skipped == Skipped("https://a.example/", "URLs are off; switch them on with --allow-url")
