// The parts that a view can have, by the names that the kernel calls them.
import { openPlayer } from "./player.js";

export const PARTS = { player: openPlayer };
