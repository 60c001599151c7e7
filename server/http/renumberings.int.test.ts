import { rm } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { useMailRoom } from '../testing/mail-room.ts';
import { mailWith } from '../testing/mail-with.ts';

const room = useMailRoom();

const renumbering = async () =>
  (await room.mailroom.call('listRenumberings')).items.find(({ flowId, held }) => flowId === room.flowId && held > 0);

/** Takes two mails in; then the server is restored from a backup, in which one of them has other bytes, and a third one lies. */
async function restoreServer(protocol: 'imap4' | 'pop3') {
  for (const subject of ['Same', 'Changed']) await room.user.deliver(mailWith(subject));
  await room.deploy(protocol, protocol === 'imap4' ? { selection: 'all', postProcessing: 'none' } : {});
  await room.inStatus('COMPLETED', 2);
  const changed = (await room.user.paths()).find(({ raw }) => raw.includes('Changed'));
  await rm(changed?.path ?? '');
  await room.user.deliver(mailWith('Changed', { text: 'Quite another text' }));
  await room.user.deliver(mailWith('Third'));
  await room.user.renumber();
  return eventually(renumbering, { what: 'a renumbering with a held mail', deadlineMs: 20_000 });
}

describe.each(['imap4', 'pop3'] as const)('over %s', (protocol) => {
  test('a renumbering is told with what was recognised, taken and held, and held mails are new when a person says so', async () => {
    const found = await restoreServer(protocol);
    await room.inStatus('COMPLETED', 3);
    expect(await renumbering()).toMatchObject({ channelName: 'Orders mailbox', flowName: 'Orders', recognised: 1, taken: 1, held: 1 });
    expect(found.mailbox).toBe(`localhost/${room.user.user}/INBOX`);
    expect(found.previous?.numbering).not.toBe(found.numbering);
    expect(found.heldMails).toMatchObject([{ subject: 'Changed' }]);
    expect(room.subjects().toSorted()).toEqual(['Changed', 'Same', 'Third']);
    const { reasons } = await room.mailroom.call('whyNothing', { params: { id: found.id } });
    expect(reasons.map(({ place }) => place)).toContain('renumberings');

    const settle = async () => room.mailroom.call('settleHeld', { params: { id: found.id }, body: { decision: 'new' } });
    expect(await settle()).toEqual({ settled: 1, missed: 0, left: 0 });
    await room.inStatus('COMPLETED', 4);
    expect(room.subjects().filter((subject) => subject === 'Changed')).toHaveLength(2);
    expect(await renumbering()).toBeUndefined();
    await expect(settle()).rejects.toMatchObject({ answer: { code: 'NOT_FOUND' } });
  });
});

test('held mails that are the same stay where they are, and no receiver gets them again', async () => {
  const { id } = await restoreServer('imap4');
  await room.inStatus('COMPLETED', 3);
  await room.mailroom.call('settleHeld', { params: { id }, body: { decision: 'same' } });
  expect(await renumbering()).toBeUndefined();
  await room.nextPoll();
  expect(await room.setAside()).toEqual([]);
  expect(room.subjects().toSorted()).toEqual(['Changed', 'Same', 'Third']);
});
