/** Erasing what is kept of one person's mails. */

export interface ErasureCounts {
  /** Lines of the log, those in the quarantine included. */
  messages: number;
  /** Of the messages, those that have not ended: nothing is erased while there are any. */
  open: number;
  quarantined: number;
  /** Raw mails. */
  mails: number;
  mailBytes: number;
  /** Raw mails that could not be read, so that nobody can say whose they are. */
  unreadable: number;
}

export interface Erasure {
  /** What would go. Reads the head of every mail there is. */
  find(address: string, signal: AbortSignal): Promise<ErasureCounts>;
  /**
   * Erases it for good. The ledger keeps what tells a mail from others (id on the server, hash), so that none is taken in again.
   *
   * @param by who wants it, for the record
   * @throws FlowError ERASE_STILL_OPEN, BACKUP_RUNNING: nothing was erased, or not all; the same call goes on
   */
  erase(address: string, by: string, signal: AbortSignal): Promise<ErasureCounts>;
}
