/** After this, a stop that hangs is ended hard; nothing is lost by it. Whoever supervises the process waits longer. */
export const stopDeadlineMs = 30_000;
