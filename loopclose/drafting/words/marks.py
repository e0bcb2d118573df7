"""Characters by which the readers of a form tell the cutter of lines what text alone cannot say.

They are of the private use area; none of them comes in from outside (``lines.clean`` takes them out), none goes out.
"""

from __future__ import annotations

HEADING = "\ue0f1"
"""At the beginning of a line: it is a heading."""
CHOSEN, OPEN = "\ue0f2", "\ue0f3"
"""Before what a radio button stands for: it was chosen, or not."""
PRIVATE = dict.fromkeys(range(0xE0F0, 0xE100))
"""To take them out of a text, with ``str.translate``."""
