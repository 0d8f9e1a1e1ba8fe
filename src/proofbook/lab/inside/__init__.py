"""What runs in the lab's own Python, not in the engine's: an interpreter that has imported much and forks.

The folder is copied to where the sandbox's user can read it; it needs the standard library only.
"""

import sys

# what every program of this Python finds imported, whatever it imports itself
AT_START = frozenset(sys.modules) - {"__main__", __name__}
