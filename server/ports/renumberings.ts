/** Mailboxes whose server has numbered its mails anew. */

export interface RenumberingRow {
  channelId: string;
  channelName: string;
  flowId: string;
  flowName: string;
  mailbox: string;
  numbering: string;
  previous: { mailbox: string; numbering: string } | null;
  at: Date;
  recognised: number;
  taken: number;
  held: number;
  heldMails: { id: string; subject: string; from: string; sentAt: string | null }[];
}

export interface Renumberings {
  /** Those with held mails first, then the newest. */
  list(limit: number): Promise<RenumberingRow[]>;
  /** Ids in quarantine of the mails of a channel that are held since a renumbering, and how many there are. */
  held(channelId: string, limit: number): Promise<{ ids: string[]; count: number }>;
}
