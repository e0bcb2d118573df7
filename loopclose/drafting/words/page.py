"""The page that the words of markup are put on: blocks, lines, lists, and the rows of tables."""

from __future__ import annotations

from loopclose.drafting.words.columns import EMPTY

MOST_LISTS = 40
"""Lists in each other whose numbers are kept."""


class Page:
    """Words as they come, with ``\\n`` at the end of a line and an empty line between blocks."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._lists: list[int | None] = []
        self._cells: list[str] | None = None
        self._cell: list[str] | None = None
        self._column, self._size = 0, (1, 1)
        self._columns = 0  # of the table, by its first row that has all of three or more
        self._spans: dict[int, tuple[int, int, str]] = {}  # by column: rows to go, columns, and what it says

    def put(self, words: str) -> None:
        """Words at the end of the line."""
        if words:
            (self._out if self._cell is None else self._cell).append(words)

    def tail(self) -> str:
        """The last characters of the line."""
        here = self._out if self._cell is None else self._cell
        return here[-1][-8:].rstrip() if here else ""

    def goes_on(self) -> bool:
        """Whether words stand on the line, and a space behind them."""
        here = self._out if self._cell is None else self._cell
        return bool(here) and here[-1][-1:] == " " and bool(here[-1].strip())

    def line(self) -> None:
        """The end of a line."""
        self.put("\n")

    def block(self) -> None:
        """The end of a block; within a cell, of a line."""
        self.put("\n\n" if self._cell is None else "\n")

    def list_begins(self, first: int | None) -> None:
        """A list, with the number of its first item where it has numbers."""
        self.line()
        self._lists.append(first)

    def list_ends(self) -> None:
        """The end of a list; that of the outermost ends a block."""
        if self._lists:
            self._lists.pop()
        self.line() if self._lists else self.block()

    def item(self, number: int | None) -> None:
        """An item of a list, by its own number where it names one."""
        self.line()
        here = self._lists[-1] if self._lists else None
        if number is not None or here is not None:
            shown = number if number is not None else here or 1
            if self._lists and len(self._lists) < MOST_LISTS:
                self._lists[-1] = shown + 1
            self.put(f"{shown}. ")
        else:
            self.put("- ")

    def row_begins(self) -> None:
        """A row of a table; one that stands in a cell ends what stood before it."""
        self.row_ends()
        self._cells, self._column = [], 0

    def table_begins(self) -> None:
        """A table: no cell of another goes on in it."""
        self.row_ends()
        self._spans, self._columns = {}, 0

    def cell_begins(self, rows: int = 1, columns: int = 1) -> None:
        """A cell, of so many rows, for each of which holds what it says, and of so many columns."""
        if self._cell is not None:
            self.cell_ends()
        self._cells = self._cells if self._cells is not None else []
        self._from_above(self._cells)
        self._cell, self._size = [], (rows, columns)

    def cell_ends(self) -> None:
        """The end of a cell."""
        if self._cell is not None:
            self._cells = self._cells if self._cells is not None else []
            said = "".join(self._cell)
            rows, columns = self._size
            if rows > 1:
                self._spans[self._column] = (rows - 1, columns, said)
            self._column += columns
            self._cells.append(said)
            self._cell = None

    def _from_above(self, cells: list[str]) -> None:
        """The cells of rows before that stand in the next columns of this one, too."""
        while (spanned := self._spans.pop(self._column, None)) is not None:
            rows, columns, said = spanned
            if rows > 1:
                self._spans[self._column] = (rows - 1, columns, said)
            self._column += columns
            cells.append(said)

    def row_ends(self) -> None:
        """The end of a row: two cells are a name and what it is; cells of several lines stay as they are."""
        self.cell_ends()
        if self._cells:
            self._from_above(self._cells)
        row = [text.strip() for text in self._cells or ()]
        cells = [text for text in row if text]
        self._cells = None
        if not cells:
            return
        self._columns = self._columns or (len(row) if len(cells) == len(row) > 2 else 0)
        if len(row) == self._columns > len(cells) > 1:
            cells = [text or EMPTY for text in row]
        self._out.append("\n\n")
        if any("\n" in text for text in cells):
            self._out.append("\n".join(cells))
        elif len(cells) == 2:
            name, said = cells
            self._out.append(f"{name} {said}" if name[-1:] in ":?=☐☑" else f"{name}: {said}")
        else:
            self._out.append(" | ".join(cells))
        self._out.append("\n\n")

    def text(self) -> str:
        """All of it."""
        self.row_ends()
        return "".join(self._out)
