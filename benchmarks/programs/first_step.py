"""From nothing to the demo's first step in this fresh interpreter; print how long that took, as JSON."""

from __future__ import annotations

import json
import time


def main() -> None:
    began, cpu_began = time.perf_counter(), time.process_time()
    import sessionlab

    lab = sessionlab.demo()
    step = lab.step()
    assert len(step.bars) > 0
    print(json.dumps({"wall_s": time.perf_counter() - began, "cpu_s": time.process_time() - cpu_began}))


if __name__ == "__main__":
    main()
