"""Small files of each kind, made from scratch for the tests of loading."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

STORM = (
    "A storm with winds of 90 mph hit the coast on Friday, cutting power to 20,000 homes and "
    "closing roads across the county."
)
REPAIRS = (
    "It was the worst in years, officials said, adding that repairs would take at least a week "
    "in the villages along the shore."
)


def pdf(pages: Sequence[Sequence[str]], info: str = "") -> bytes:
    """A PDF with the given lines on its pages, 14 points apart, written by hand."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    for number, lines in enumerate(pages):
        shown = " ".join(f"({_escaped(line)}) Tj T*" for line in lines)
        content = f"BT /F1 10 Tf 14 TL 50 780 Td {shown} ET"
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {5 + 2 * number} 0 R"
            "/Resources<</Font<</F1 3 0 R>>>>>>"
        )
        objects.append(f"<</Length {len(content)}>>stream\n{content}\nendstream")
    objects.append(f"<<{info}>>")
    data, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(data))
        data += f"{number} 0 obj\n{body}\nendobj\n".encode("cp1252")
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    trailer = f"<</Size {len(objects) + 1}/Root 1 0 R/Info {len(objects)} 0 R>>"
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer{trailer}\n"
    return data + f"{end}startxref\n{len(data)}\n%%EOF".encode()


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def encrypted_pdf(password: str) -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf([[STORM]]))))
    writer.encrypt(password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def zip_bomb() -> bytes:
    """A .docx of some hundred kilobytes that would unpack to 300 MB."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("word/document.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(300):
            part.write(bytes(1_000_000))
    return out.getvalue()


def page(body: str, head: str = "") -> str:
    """A web page with the navigation and the footer that surround an article."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">{head}</head><body>'
        '<nav><a href="/">Home</a><a href="/world">World</a></nav>'
        f"<article>{body}</article>"
        '<aside class="related"><h3>Related</h3><ul><li><a href="/x">Another story</a></li></ul>'
        "</aside><footer>© 2024 The Daily. All rights reserved.</footer></body></html>"
    )


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    """Writes files below a folder and gives the folder back."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder
