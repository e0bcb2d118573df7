"""One row of the table of moves: what it is about, what is entered, what is checked, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from loopclose.domain import move_checks
from loopclose.domain.commands import Command, OnObligation
from loopclose.domain.situation import Actor, Situation


@dataclass(frozen=True)
class Field:
    """Something a person enters. ``kind``: text, code, moment, day, user or flag."""

    name: str
    asks: str
    kind: str = "text"
    required: bool = True
    choices: Mapping[str, str] = field(default_factory=dict)
    """Of a code: its words. None is ever chosen beforehand."""
    option: str = ""
    """On the command line, where it is not the name."""
    help: str = ""
    default: str = ""
    """On the command line, where nothing is said; a screen chooses nothing beforehand."""
    removable: bool = False
    """Empty takes away what was entered before; on the command line, the word none."""


@dataclass(frozen=True)
class Move:
    """One row of the table."""

    name: str
    does: str
    """In one sentence."""
    did: str
    """What its maker did, after a name."""
    makes: type[Command]
    kinds: frozenset[str]
    """Of what is owed; ``visit``, or ``said`` (who really asked), where the move is about one."""
    states: frozenset[str]
    unfit: str
    """Said where kind or state is another."""
    button: str
    opens: str = ""
    """What is written over its fields, where it has any."""
    fields: tuple[Field, ...] = ()
    buttons: Mapping[str, str] = field(default_factory=dict)
    """By kind, where the button says something else."""
    bars: Callable[[Situation, Actor, datetime], str | None] = move_checks.nothing_bars
    """Why it is not possible, whatever is entered."""
    check: Callable[[Situation, Actor, Any, datetime], str | None] = move_checks.nothing_to_check
    """What is wrong with what was entered."""
    doubt: Callable[[Situation, Any], str | None] = move_checks.nothing_to_doubt
    """What is asked back before it is done."""
    becomes: Callable[[Situation, Any, datetime], str | None] = move_checks.stays
    """The state after it; None: it stays."""

    kept: str = ""
    """Said where the state stays until somebody else has decided, too."""

    @property
    def is_on_obligation(self) -> bool:
        """Whether it is about something owed."""
        return issubclass(self.makes, OnObligation)

    @property
    def asks_back(self) -> bool:
        """Whether it may be asked back before it is done."""
        return self.doubt is not move_checks.nothing_to_doubt

    def command(self, **given: Any) -> Command:
        """The command that asks for it; ``given``: its subject, its fields, what was seen."""
        return self.makes(**given)

    def button_for(self, kind: str) -> str:
        """What its button says."""
        return self.buttons.get(kind, self.button)
