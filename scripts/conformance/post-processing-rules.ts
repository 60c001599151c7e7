import type { MailSenderConfig } from '../../shared/catalog/mail-sender.ts';

/** What must be left on the server when a mail is done, derived from what is asked for and what the server can. */

export type ImapKind = MailSenderConfig['postProcessing'];
export type Pop3Kind = MailSenderConfig['pop3PostProcessing'];

export const imapKinds: ImapKind[] = ['mark-read', 'delete', 'archive', 'archive-mark-read', 'none'];
export const pop3Kinds: Pop3Kind[] = ['leave', 'delete', 'delete-after-days'];

export interface Capabilities {
  hasMove: boolean;
  hasUidPlus: boolean;
}

export interface CapabilitySet extends Capabilities {
  name: string;
  missing: string[];
}

export const capabilitySets: CapabilitySet[] = [
  { name: 'everything', hasMove: true, hasUidPlus: true, missing: [] },
  { name: 'no MOVE', hasMove: false, hasUidPlus: true, missing: ['MOVE'] },
  { name: 'no UIDPLUS', hasMove: true, hasUidPlus: false, missing: ['UIDPLUS'] },
  { name: 'neither', hasMove: false, hasUidPlus: false, missing: ['MOVE', 'UIDPLUS'] },
];

export interface Outcome {
  /** The mail in its folder: `unread` or `read`, maybe `, flagged \Deleted`; `gone` where it is not there. */
  inbox: string;
  /** The same mail in the archive folder. */
  archive: string;
  /** The result says that the mail is only flagged. */
  isSaid: boolean;
}

export function expectedOutcome(kind: ImapKind, { hasMove, hasUidPlus }: Capabilities): Outcome {
  if (kind === 'none' || kind === 'mark-read') return { inbox: kind === 'none' ? 'unread' : 'read', archive: 'gone', isSaid: false };
  const mark = kind === 'archive-mark-read' ? 'read' : 'unread';
  // Without UID EXPUNGE a mail can't be removed alone, and EXPUNGE would take those of others with it. MOVE removes what it moves.
  const isRemoved = hasUidPlus || (hasMove && kind !== 'delete');
  return {
    inbox: isRemoved ? 'gone' : `${mark}, flagged \\Deleted`,
    archive: kind === 'delete' ? 'gone' : mark,
    isSaid: !isRemoved,
  };
}
