import type { MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import { asFlowError, FlowError } from '../../../shared/errors.ts';
import { addressText } from '../../../shared/mail-address.ts';
import type { MailCounts, MailPreview } from '../../../shared/probe.ts';
import type { ListedMail, SenderContext } from '../../ports/mailbox.ts';
import { signIn } from './credential.ts';
import { connectImap, type ImapConnection } from './imap-client.ts';
import { findFolder, listFolders, nearestNames, selectableNames } from './imap-folders.ts';
import { listFolder } from './imap-list.ts';
import { previewBytes, previewMails, previewOf } from './mail-preview.ts';
import { countsSentence, previewSentence, summed } from './probe-counts.ts';
import type { Stages } from './probe-stages.ts';

/** The stages of a visit over IMAP4 from the sign-in on. The folder is only examined: no mail loses a mark (RFC 9051, section 6.3.3). */
export async function probeImap(config: MailSenderConfig, context: SenderContext, stages: Stages): Promise<void> {
  const { opened: connection, user } = await signIn(config, context.secrets, (credential) => connectImap(config, credential, context));
  try {
    stages.done('signIn', `Signed in as ${user}.`);
    stages.start('folders', 'Listing folders…');
    const folders = await listFolders(connection);
    stages.found({ folders });
    const names = selectableNames(folders);
    const path = findFolder(names, config.folder);
    if (path === undefined) {
      failMissing(stages, 'folder', config.folder, names);
    } else {
      stages.done('folders', names.length === 1 ? `${path} is the only folder.` : `${path} is one of ${names.length} folders.`);
      await preview(connection, await count(connection, config, path, stages), stages);
    }
    stages.start('postProcessing', 'Checking what the server can do with done mails…');
    reportPostProcessing(config, connection, names, stages);
  } finally {
    connection.destroy();
  }
}

function failMissing(stages: Stages, field: 'folder' | 'archiveFolder' | 'failureFolder', folder: string, names: string[]): void {
  const nearest = nearestNames(names, folder);
  stages.found({ missing: { field, folder, nearest } });
  if (field === 'folder') stages.fail(new FlowError('MAIL_FOLDER_MISSING', { folder, nearest: nearest.join(', ') }));
  else if (field === 'archiveFolder') stages.fail(new FlowError('MAIL_ARCHIVE_FOLDER_MISSING', { folder }));
  else stages.fail(new FlowError('MAIL_FAILURE_FOLDER_MISSING', { folder }));
}

/** @returns the mails a poll would list, oldest first: found by the very code of the poll */
async function count(connection: ImapConnection, config: MailSenderConfig, path: string, stages: Stages): Promise<ListedMail[]> {
  const { client, during, address } = connection;
  stages.start('counts', `Counting the mails in ${path}…`);
  // STATUS, unlike SELECT, leaves even the \Recent flags alone (RFC 9051, section 6.3.11).
  const status = await during('counting', () => client.status(path, { messages: true, unseen: true }));
  if (!status) throw new FlowError('MAIL_PROTOCOL_ERROR', { address: addressText(address), during: 'counting' });
  const { uidValidity } = await during('examining the folder', () => client.mailboxOpen(path, { readOnly: true }));
  const { mails, skippedBySearch } = await listFolder(connection, config, String(uidValidity));
  const counts: MailCounts = {
    total: status.messages ?? 0,
    unread: status.unseen ?? 0,
    wanted: mails.length,
    ...summed(mails, config.maxMailMb),
    leftOut: skippedBySearch ?? 0,
  };
  stages.found({ counts });
  stages.done('counts', countsSentence(counts, config));
  return mails;
}

/** The first mails a poll would take. That they can't be shown is no reason to stop. */
async function preview(connection: ImapConnection, mails: ListedMail[], stages: Stages): Promise<void> {
  stages.start('preview', 'Looking at the next mails…');
  if (mails.length === 0) {
    stages.found({ preview: [] });
    return stages.done('preview', 'No mail is waiting.');
  }
  const found: MailPreview[] = [];
  try {
    // imapflow asks with BODY.PEEK, which sets no \Seen (RFC 9051, section 6.4.5).
    const query = { uid: true, size: true, internalDate: true, source: { start: 0, maxLength: previewBytes } } as const;
    const set = mails
      .slice(0, previewMails)
      .map(({ uid }) => uid)
      .join(',');
    const fetched = await connection.during('reading the next mails', () => connection.client.fetchAll(set, query, { uid: true }));
    for (const { source, size, internalDate } of fetched.sort((a, b) => a.uid - b.uid)) {
      if (!source) continue;
      const receivedAt = internalDate === undefined ? undefined : new Date(internalDate);
      found.push(previewOf(source, { sizeBytes: size ?? source.length, receivedAt }));
    }
  } catch (error) {
    if (connection.client.isClosed) throw error;
    return stages.warn('preview', `The next mails can't be shown: ${asFlowError(error).message}`);
  }
  stages.found({ preview: found });
  stages.done('preview', previewSentence(found.length));
}

function reportPostProcessing(config: MailSenderConfig, connection: ImapConnection, names: string[], stages: Stages): void {
  const { postProcessing, archiveFolder, onFinalFailure, failureFolder } = config;
  const archives = postProcessing.startsWith('archive');
  if (archives && archiveFolder === '') return stages.warn('postProcessing', 'Archive Folder is not chosen yet.');
  if (archives && findFolder(names, archiveFolder) === undefined) return failMissing(stages, 'archiveFolder', archiveFolder, names);
  if (onFinalFailure === 'move' && findFolder(names, failureFolder) === undefined) {
    return failMissing(stages, 'failureFolder', failureFolder, names);
  }
  const failed = onFinalFailure === 'move' ? ` Failed mails are moved to ${failureFolder}.` : '';
  if (postProcessing === 'none') return stages.done('postProcessing', `None: mails stay as they are.${failed}`);
  if (postProcessing === 'mark-read') return stages.done('postProcessing', `Mails are marked as read.${failed}`);
  const removes = archives ? connection.hasMove || connection.hasUidPlus : connection.hasUidPlus;
  const what = archives ? `Mails are moved to ${archiveFolder}` : 'Mails are deleted';
  if (removes) return stages.done('postProcessing', `${what}.${failed}`);
  const missing = archives ? 'MOVE nor UIDPLUS' : 'UIDPLUS';
  const verb = archives ? 'copied there and only flagged as deleted' : 'only flagged as deleted';
  stages.warn('postProcessing', `The server has no ${missing}: mails are ${verb}, until a mail program empties the folder.${failed}`);
}
