"""What the tests that need namespaces of the kernel share."""

import os
import subprocess
import unittest

PERMIT = "EDITABLE_DEEPSC_WITHOUT_NAMESPACES"


def require(*command):
    """Fails the test where `command` cannot run as root, unless the variable above permits to go without."""
    reason = None
    if os.geteuid() != 0:
        reason = "not root"
    else:
        probe = subprocess.run(command, capture_output=True, text=True)
        if probe.returncode != 0:
            reason = f"{' '.join(command)}: {probe.stderr.strip()}"
    if reason is None:
        return
    if os.environ.get(PERMIT) == "1":
        raise unittest.SkipTest(f"no namespaces ({reason}), permitted by {PERMIT}=1")
    raise AssertionError(f"namespaces are needed and cannot be made ({reason}); {PERMIT}=1 permits to go without")
