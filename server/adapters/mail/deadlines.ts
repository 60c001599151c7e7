/** Longest silence while a mail server is at work; a large mailbox may take this long to be listed. */
export const defaultProgressMs = 60_000;
