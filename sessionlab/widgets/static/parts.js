// The parts that a view can have, by the names that the kernel calls them.
import { openChart } from "./chart.js";
import { openPlayer } from "./player.js";

export const PARTS = { chart: openChart, player: openPlayer };
