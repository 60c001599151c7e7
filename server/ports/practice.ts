/** The mailbox for the first minute. */

/** The mailbox for the first minute; absent in processes without it. */
export interface PracticeMailbox {
  /** `host:port` it listens on, for Address. */
  address: string;
  user: string;
  password: string;
  counts(): { total: number; unread: number };
  send(mail: { subject?: string | undefined; text?: string | undefined }): Promise<void>;
}
