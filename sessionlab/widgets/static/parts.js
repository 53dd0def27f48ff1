// The parts that a view can have, by the names that the kernel calls them.
import { openMetrics } from "./metrics.js";
import { openPlayer } from "./player.js";
import { openTiming } from "./timing.js";

export const PARTS = { metrics: openMetrics, player: openPlayer, timing: openTiming };
