"""The tests. Made-up input is tried in all of them as ``tries`` says."""

from tests import tries as tries
