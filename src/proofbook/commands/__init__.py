"""The commands of ``proofbook``, one module each."""
