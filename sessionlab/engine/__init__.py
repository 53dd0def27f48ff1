"""The engine: one step, one order of events, and the strategies that are called in it."""
