"""Import what is named on the command line in this fresh interpreter; print how long that took, as JSON.

python imported.py pandas
python imported.py sessionlab
"""

from __future__ import annotations

import json
import sys
import time


def main() -> None:
    began, cpu_began = time.perf_counter(), time.process_time()
    if sys.argv[1] == "sessionlab":
        import sessionlab

        sessionlab.Lab, sessionlab.SessionConfig  # noqa: B018
    else:
        __import__(sys.argv[1])
    print(json.dumps({"wall_s": time.perf_counter() - began, "cpu_s": time.process_time() - cpu_began}))


if __name__ == "__main__":
    main()
