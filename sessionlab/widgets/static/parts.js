// The parts that a view can have, by the names that the kernel calls them.
import { openBlotter } from "./blotter.js";
import { openChart } from "./chart.js";
import { openMetrics } from "./metrics.js";
import { openPlayer } from "./player.js";
import { openQuality } from "./quality.js";
import { openTicket } from "./ticket.js";
import { openTiming } from "./timing.js";

export const PARTS = {
  blotter: openBlotter,
  chart: openChart,
  metrics: openMetrics,
  player: openPlayer,
  quality: openQuality,
  ticket: openTicket,
  timing: openTiming,
};
