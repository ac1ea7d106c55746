"""The report as a Word file: `python -m adapters.sharepoint.paper`, a story as JSON in, the file out.

It has a process of its own: Word's and the chart's packages take a second to load and a hundred megabytes to keep.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from io import BytesIO
from typing import Any

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from adapters.sharepoint.chart import draw

_FONT = "Calibri"
_INK, _GREY = RGBColor(0x20, 0x21, 0x24), RGBColor(0x5F, 0x63, 0x68)
_LANGUAGES = {"en": "en-GB", "hu": "hu-HU"}
_PAIRS = 2  # facts beside each other


def document(story: dict[str, Any]) -> bytes:
    """The file's content."""
    paper = Document()
    _page(paper, story["language"])
    paper.core_properties.title = story["title"]
    paper.core_properties.author = "Backline"
    paper.core_properties.comments = ""
    closed = datetime.fromisoformat(story["at"]).replace(tzinfo=None)  # not now: the same story is the same file
    paper.core_properties.created = paper.core_properties.modified = closed
    _words(paper.add_paragraph(), story["title"], 17, bold=True)
    _words(paper.add_paragraph(), story["subtitle"], 9.5, color=_GREY, after=5)
    _facts(paper, story["facts"])
    _lines(paper, story["wide"], (3.6, 13.4), bold=True)
    picture = paper.add_paragraph()
    picture.paragraph_format.space_before = Pt(5)
    picture.paragraph_format.space_after = Pt(0)
    picture.add_run().add_picture(BytesIO(draw(story["chart"])), width=Cm(17))
    _part(paper, story["labels"]["timeline"], story["timeline"], (2.4, 14.6))
    if story["factors"]:
        _part(paper, story["labels"]["factors"], story["factors"], (13.6, 3.4))
    footer = paper.sections[0].footer.paragraphs[0]
    _words(footer, story["labels"]["footer"], 8, color=_GREY)
    content = BytesIO()
    paper.save(content)
    return content.getvalue()


def _page(paper: WordDocument, language: str) -> None:
    """A4 with narrow margins, one font, the language for whoever checks the spelling."""
    section = paper.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2)
    section.top_margin, section.bottom_margin = Cm(1.5), Cm(1.4)
    section.footer_distance = Cm(0.8)
    style = paper.styles["Normal"]
    style.font.name, style.font.size, style.font.color.rgb = _FONT, Pt(9.5), _INK
    style.paragraph_format.space_after = Pt(0)
    properties = style.element.get_or_add_rPr()
    properties.get_or_add_rFonts().set(qn("w:eastAsia"), _FONT)
    spoken = OxmlElement("w:lang")
    spoken.set(qn("w:val"), _LANGUAGES.get(language, "en-GB"))
    properties.append(spoken)


def _words(
    paragraph: Paragraph, text: str, points: float, *, bold: bool = False, color: RGBColor = _INK, after: float = 0
) -> None:
    run = paragraph.add_run(text)
    run.font.size, run.font.bold, run.font.color.rgb = Pt(points), bold, color
    paragraph.paragraph_format.space_after = Pt(after)


def _facts(paper: WordDocument, facts: list[list[str]]) -> None:
    """Labels and values, two of each in a row."""
    rows = -(-len(facts) // _PAIRS)
    table = _table(paper, rows, (3.6, 4.9, 3.9, 4.6))
    for number, (label, value) in enumerate(facts):
        row, column = divmod(number, _PAIRS)
        cells = table.rows[row].cells
        _cell(cells[2 * column], label, grey=True)
        _cell(cells[2 * column + 1], value, bold=True)


def _part(paper: WordDocument, title: str, lines: list[list[str]], widths: tuple[float, float]) -> None:
    """A heading and lines of two cells."""
    heading = paper.add_paragraph()
    heading.paragraph_format.space_before = Pt(6)
    heading.paragraph_format.keep_with_next = True
    _words(heading, title, 11.5, bold=True, after=2)
    _lines(paper, lines, widths)


def _lines(paper: WordDocument, lines: list[list[str]], widths: tuple[float, float], *, bold: bool = False) -> None:
    """A table of two cells a line; the narrower one is grey."""
    table = _table(paper, len(lines), widths)
    for row, (first, second) in zip(table.rows, lines, strict=True):
        _cell(row.cells[0], first, grey=widths[0] < widths[1])
        _cell(row.cells[1], second, grey=widths[0] > widths[1], bold=bold)


def _table(paper: WordDocument, rows: int, widths: tuple[float, ...]) -> Table:
    table: Table = paper.add_table(rows, len(widths))
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.LEFT, False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)  # some programs go by the column, some by the cell
        for cell in column.cells:
            cell.width = Cm(width)
    return table


def _cell(cell: _Cell, text: str, *, grey: bool = False, bold: bool = False) -> None:
    _words(cell.paragraphs[0], text, 9.5, bold=bold, color=_GREY if grey else _INK)
    cell.paragraphs[0].paragraph_format.space_before = Pt(1)


def main() -> None:
    """A story on standard input, the Word file on standard output."""
    sys.stdout.buffer.write(document(json.load(sys.stdin)))


if __name__ == "__main__":
    main()
