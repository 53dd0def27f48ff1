// The parts that a view can have, by the names that the kernel calls them.
import { openBlotter } from "./blotter.js";
import { openPlayer } from "./player.js";
import { openTicket } from "./ticket.js";

export const PARTS = { blotter: openBlotter, player: openPlayer, ticket: openTicket };
