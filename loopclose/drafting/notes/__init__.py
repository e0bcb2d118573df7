"""The notes of a visit: their words in whatever form, cut into sections, and which of them count."""

from loopclose.drafting.notes.attachments import Reading, addresses, is_stub, read_attachments
from loopclose.drafting.notes.forms import plain_words
from loopclose.drafting.notes.note import Note, Unread, notes_of, read_note, words_of
from loopclose.drafting.notes.quoting import Quoted, quoted
from loopclose.drafting.notes.sections import NoteSection

__all__ = [
    "Note",
    "NoteSection",
    "Quoted",
    "Reading",
    "Unread",
    "addresses",
    "is_stub",
    "notes_of",
    "plain_words",
    "quoted",
    "read_attachments",
    "read_note",
    "words_of",
]
