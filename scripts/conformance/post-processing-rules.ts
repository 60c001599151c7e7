import type { MailSenderConfig } from '../../shared/catalog/mail-sender.ts';

/** What must be left on the server when a mail is done, derived from what is asked for and what the server can. */

/** `final-failure`: what is owed for a message that has failed for good, with On Final Failure at Move to Folder. */
export type ImapKind = MailSenderConfig['postProcessing'] | 'final-failure';
export type Pop3Kind = MailSenderConfig['pop3PostProcessing'];

export const imapKinds: ImapKind[] = ['mark-read', 'delete', 'archive', 'archive-mark-read', 'none', 'final-failure'];
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
  /** The same mail in the folder that it is moved to. */
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
