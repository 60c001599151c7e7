import { createHash } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { MailboxSession, SenderAdapter, SenderContext } from '../ports/mailbox.ts';
import type { Credential } from '../ports/secrets.ts';
import { eventually } from './eventually.ts';
import { mailCorpus } from './mail-corpus.ts';
import { startScriptedServer } from './scripted-server.ts';
import { readContext, secretsOf } from './secrets.ts';
import { silentLog } from './silent-log.ts';

/** One new, empty mailbox and the configuration of a channel that reads it and deletes what is done. */
export interface SenderCase<Config> {
  config: Config;
  credential: Credential;
  deliver(raw: Uint8Array): Promise<void>;
  /** The mails that the server keeps now, oldest first. */
  kept(): Promise<Buffer[]>;
}

export interface SenderEnvironment<Config> {
  newCase(): Promise<SenderCase<Config>>;
  /** The same channel, at another address of this machine. */
  at(config: Config, port: number): Config;
}

/** What the runtime relies on, whatever the system behind the sender: every sender adapter has to pass it. */
export function senderContract<Config>(name: string, adapter: SenderAdapter<Config>, environment: SenderEnvironment<Config>): void {
  const visit = async ({ config, credential }: SenderCase<Config>, signal = new AbortController().signal): Promise<MailboxSession> => {
    const session = await adapter.open(config, contextWith(credential, signal));
    onTestFinished(() => session.destroy());
    return session;
  };
  const caseWith = async (...mails: Uint8Array[]): Promise<SenderCase<Config>> => {
    const fresh = await environment.newCase();
    for (const mail of mails) await fresh.deliver(mail);
    return fresh;
  };

  describe(`the sender contract: ${name}`, () => {
    test('lists what was delivered, oldest first, with its size', async () => {
      const mails = ['one', 'two', 'three'].map(mailWith);
      const session = await visit(await caseWith(...mails));
      const { mails: listed } = await session.list();
      expect(listed.map(({ sizeBytes }) => sizeBytes)).toEqual(mails.map(({ length }) => length));
      expect(new Set(listed.map(({ uid }) => uid)).size).toBe(3);
      await session.close();
    });

    test('an empty mailbox has an empty list', async () => {
      const session = await visit(await caseWith());
      expect((await session.list()).mails).toEqual([]);
      expect(await collect(session, [])).toEqual(new Map());
      expect(await session.settle([])).toEqual([]);
      await session.close();
    });

    test('hands out every mail with its exact bytes', async () => {
      const corpus = mailCorpus();
      const session = await visit(await caseWith(...corpus.map(({ raw }) => raw)));
      const { mails } = await session.list();
      const fetched = await collect(session, mails);
      const found = mails.map(({ uid }, index) => ({ name: corpus[index]?.name, hash: fetched.get(uid) }));
      expect(found).toEqual(corpus.map(({ name, raw }) => ({ name, hash: sha256(raw) })));
      await session.close();
    });

    test('hands out heads and finds mails by their id, and leaves them as they are', async () => {
      const fresh = await caseWith(mailWith('one'), mailWith('two'));
      const before = await fresh.kept();
      const session = await visit(fresh);
      const { mails } = await session.list();
      const subjects = new Map<string, string>();
      for await (const { uid, head } of session.heads(mails)) subjects.set(uid, adapter.readHead(head).subject);
      expect(mails.map(({ uid }) => subjects.get(uid))).toEqual(['one', 'two']);
      expect(await session.find([mails[1]?.uid ?? ''])).toEqual([mails[1]]);
      await session.close();
      expect(await fresh.kept()).toEqual(before);
    });

    test('gives a mail the same id at each visit', async () => {
      const fresh = await caseWith(mailWith('one'), mailWith('two'));
      const first = await visit(fresh);
      const before = await first.list();
      await first.close();
      const second = await visit(fresh);
      expect(await second.list()).toEqual(before);
      await second.close();
    });

    test('reading leaves all mails on the server', async () => {
      const fresh = await caseWith(mailWith('one'), mailWith('two'));
      const before = await fresh.kept();
      const session = await visit(fresh);
      await collect(session, (await session.list()).mails);
      await session.close();
      expect(await fresh.kept()).toEqual(before);
    });

    test('a settled deletion is confirmed, and the mail is gone at the next visit', async () => {
      const fresh = await caseWith(mailWith('stays'), mailWith('goes'), mailWith('stays too'));
      const session = await visit(fresh);
      const { mails } = await session.list();
      const uid = mails[1]?.uid ?? '';
      const results = await session.settle([{ uid, action: 'delete', messageId: '', isRepeat: false }]);
      results.push(...(await session.close()));
      expect(results).toEqual([{ uid }]);
      await eventually(async () => (await fresh.kept()).length === 2, { what: 'the deletion' });
      const next = await visit(fresh);
      expect((await next.list()).mails).toEqual([mails[0], mails[2]]);
      await next.close();
    });

    test('a deletion of a mail that is gone already says so', async () => {
      const fresh = await caseWith(mailWith('one'), mailWith('two'));
      const first = await visit(fresh);
      const uid = (await first.list()).mails[0]?.uid ?? '';
      const owed = [{ uid, action: 'delete' as const, messageId: '', isRepeat: false }];
      await first.settle(owed);
      await first.close();
      const second = await visit(fresh);
      const results = await second.settle(owed.map((item) => ({ ...item, isRepeat: true })));
      results.push(...(await second.close()));
      expect(results).toEqual([{ uid, isGone: true }]);
    });

    test('a wrong password is refused with its code, and is not in the error', async () => {
      const fresh = await caseWith();
      const password = 'wrong-4711';
      const error: unknown = await visit({ ...fresh, credential: { ...fresh.credential, password } }).catch((cause: unknown) => cause);
      expect(error).toMatchObject({ code: 'MAIL_SIGN_IN_REFUSED' });
      expect(String(error) + JSON.stringify(error)).not.toContain(password);
    });

    test('a port where nobody listens is refused with its code', async () => {
      const fresh = await caseWith();
      const server = await startScriptedServer(() => {});
      await server.close();
      const config = environment.at(fresh.config, server.port);
      await expect(visit({ ...fresh, config })).rejects.toMatchObject({ code: 'MAIL_CONNECTION_REFUSED' });
    });

    test('an abort ends an opening that hangs within a second, and drops the connection', async () => {
      const fresh = await caseWith();
      const silent = await startScriptedServer(() => {});
      onTestFinished(() => silent.close());
      const stop = new AbortController();
      const opening = visit({ ...fresh, config: environment.at(fresh.config, silent.port) }, stop.signal);
      opening.catch(() => {});
      await eventually(() => silent.open() === 1, { what: 'the connection' });
      const started = performance.now();
      stop.abort();
      await expect(opening).rejects.toMatchObject({ name: 'FlowError' });
      expect(performance.now() - started).toBeLessThan(1_000);
      await eventually(() => silent.open() === 0, { what: 'the end of the connection' });
    });

    test('an abort ends an open visit: whatever is asked for fails within a second', async () => {
      const stop = new AbortController();
      const session = await visit(await caseWith(mailWith('one')), stop.signal);
      const { mails } = await session.list();
      const started = performance.now();
      stop.abort();
      await expect(collect(session, mails)).rejects.toMatchObject({ name: 'FlowError' });
      expect(performance.now() - started).toBeLessThan(1_000);
    });

    test('destroy is safe twice, and after close', async () => {
      const fresh = await caseWith(mailWith('one'));
      const session = await visit(fresh);
      session.destroy();
      session.destroy();
      await expect(session.list()).rejects.toMatchObject({ name: 'FlowError' });
      const other = await visit(fresh);
      await other.close();
      other.destroy();
    });

    test('what was fetched can be parsed', async () => {
      const fresh = await caseWith(mailWith('Order 17'));
      const bytes = mailWith('Order 17');
      expect(adapter.readHead(bytes)).toMatchObject({ subject: 'Order 17', from: 'anna@example.test' });
      const raw = {
        sizeBytes: bytes.length,
        async *open() {
          yield bytes;
        },
      };
      const { message, summary } = await adapter.parse(raw, fresh.config, readContext());
      expect(summary).not.toBe('');
      expect(message).toMatchObject({ headers: { subject: 'Order 17' }, body: { text: 'Body of Order 17\n' }, attachments: [] });
    });

    test('the connection test finds every stage good and changes nothing', async () => {
      const fresh = await caseWith(mailWith('one'), mailWith('two'));
      const before = await fresh.kept();
      const stages = new Map<string, string>();
      await adapter.probe(fresh.config, contextWith(fresh.credential, new AbortController().signal), ({ stage, state, sentence }) =>
        stages.set(stage, `${state}: ${sentence}`),
      );
      expect([...stages.values()].filter((text) => /^(failed|running)/.test(text))).toEqual([]);
      // The stages that every mailbox has; folders are for some.
      const everywhere = [
        'resolve',
        'connect',
        'protect',
        'greeting',
        'capabilities',
        'mechanism',
        'signIn',
        'counts',
        'preview',
        'postProcessing',
      ];
      expect([...stages.keys()]).toEqual(expect.arrayContaining(everywhere));
      expect(stages.get('counts')).toContain('2 mails');
      expect(await fresh.kept()).toEqual(before);
    });
  });
}

function contextWith(credential: Credential, signal: AbortSignal): SenderContext {
  return { secrets: secretsOf({ useCredential: async () => credential }), signal, log: silentLog };
}

function mailWith(subject: string): Buffer {
  return Buffer.from(
    `From: anna@example.test\r\nSubject: ${subject}\r\nMessage-ID: <${subject.replaceAll(' ', '-')}@example.test>\r\n\r\nBody of ${subject}\r\n`,
  );
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** uid -> SHA-256 of what came. */
async function collect(session: MailboxSession, mails: { uid: string; sizeBytes: number }[]): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  for await (const { uid, bytes } of session.fetch(mails)) {
    const hash = createHash('sha256');
    if (bytes instanceof Uint8Array) hash.update(bytes);
    else for await (const chunk of bytes) hash.update(chunk);
    hashes.set(uid, hash.digest('hex'));
  }
  return hashes;
}
