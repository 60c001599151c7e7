import type { ChannelRow } from '../ports/flows.ts';
import type { Listing, MailboxId } from '../ports/mailbox.ts';
import type { Fence, Ledger, LedgerScope } from '../ports/runtime.ts';
import { mailboxKey } from './hold.ts';

/**
 * Finds the numbering that a listing belongs to.
 *
 * IMAP names it (UIDVALIDITY, RFC 9051, 2.3.1.1). POP3 does not: its ids are taken as new ones when none of the listed
 * UIDLs is known although mails of the channel should still be there, or when one is that of a mail that was deleted
 * (RFC 1939, section 7 lets a server use it again). Under a new numbering intake recognises mails by their bytes,
 * so a wrong guess costs a fetch and never a mail.
 *
 * @returns the scope and, when the numbering is new to a channel that has taken mails before, a note for people
 */
export async function resolveScope(
  ledger: Ledger,
  channel: ChannelRow,
  mailbox: MailboxId,
  listing: Listing,
  fence: Fence,
): Promise<{ scope: LedgerScope; note?: string }> {
  const scope: LedgerScope = { channelId: channel.id, mailbox: mailboxKey(mailbox), epoch: listing.uidValidity || String(channel.epoch) };
  if (listing.mails.length === 0) return { scope };
  const { isShared, isReused, isExpected, isUsed } = await ledger.overlap(
    scope,
    listing.mails.map((mail) => mail.uid),
  );
  const isNewPop3Numbering = listing.uidValidity === '' && (isReused || (isExpected && !isShared));
  if (isNewPop3Numbering) {
    const epoch = await ledger.renumber(channel.id, fence);
    return { scope: { ...scope, epoch: String(epoch) }, note: renumberedNote };
  }
  if (isUsed || !(await ledger.hasOtherScopes(scope))) return { scope };
  return { scope, note: renumberedNote };
}

const renumberedNote =
  'The mailbox numbers its mails anew (or the channel reads another mailbox). Mails taken before are recognised by their content.';
