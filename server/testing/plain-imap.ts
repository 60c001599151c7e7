import net from 'node:net';

/** One mail as an IMAP server shows it. */
export interface ShownMail {
  uid: number;
  /** As sent, without \Recent, which nobody can set. */
  flags: string[];
  raw: Buffer;
}

export interface PlainImap {
  /** Puts mails into a folder, in this order; exact bytes. The server needs MULTIAPPEND and LITERAL+. */
  append: (folder: string, mails: Uint8Array[]) => Promise<void>;
  createFolder: (name: string) => Promise<void>;
  /** Shows a folder without changing anything in it, oldest first. */
  mails: (folder: string) => Promise<ShownMail[]>;
  /** Sends a command. @returns all lines and literals of its answer @throws Error unless the answer is OK */
  command: (text: string) => Promise<Buffer>;
  close: () => void;
}

const answerDeadlineMs = 30_000;

/**
 * A second pair of eyes for tests: IMAP on a clear loopback port, with nothing of the adapter in it.
 * Folder names are sent as they are, quoted.
 */
export async function openPlainImap(port: number, user: string, password: string): Promise<PlainImap> {
  const socket = net.connect(port, '127.0.0.1');
  let unread = Buffer.alloc(0);
  let failure: Error | undefined;
  let wake = () => {};
  socket.on('data', (chunk) => {
    unread = Buffer.concat([unread, chunk]);
    wake();
  });
  socket.on('error', (error) => (failure = error));
  socket.on('close', () => {
    failure ??= new Error('the IMAP server closed the connection');
    wake();
  });

  /** Takes what has come as soon as `length` finds the end of what is waited for. */
  const take = async (length: (bytes: Buffer) => number | undefined): Promise<Buffer> => {
    const timer = setTimeout(() => socket.destroy(new Error('no answer of the IMAP server')), answerDeadlineMs);
    try {
      for (;;) {
        const end = length(unread);
        if (end !== undefined) {
          const taken = unread.subarray(0, end);
          unread = unread.subarray(end);
          return taken;
        }
        if (failure) throw failure;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  };
  const line = () => take((bytes) => (bytes.includes('\r\n') ? bytes.indexOf('\r\n') + 2 : undefined));

  let count = 0;
  const command = async (text: string, literals: Uint8Array[] = []): Promise<Buffer> => {
    count += 1;
    const tag = `p${count}`;
    socket.write(`${tag} ${text}`);
    for (const literal of literals) {
      socket.write(` {${literal.length}+}\r\n`);
      socket.write(literal);
    }
    socket.write('\r\n');
    const answer: Buffer[] = [];
    for (;;) {
      const next = await line();
      answer.push(next);
      const said = next.toString('latin1');
      if (said.startsWith(`${tag} `)) {
        if (!said.startsWith(`${tag} OK`)) throw new Error(`${text}: ${said.trim()}`);
        return Buffer.concat(answer);
      }
      const size = literalSize(said);
      if (size !== undefined) answer.push(await take((bytes) => (bytes.length >= size ? size : undefined)));
    }
  };

  try {
    await line();
    await command(`LOGIN ${quoted(user)} ${quoted(password)}`);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return {
    command: (text) => command(text),
    append: async (folder, mails) => void (await command(`APPEND ${quoted(folder)}`, mails)),
    createFolder: async (name) => void (await command(`CREATE ${quoted(name)}`)),
    mails: async (folder) => {
      await command(`EXAMINE ${quoted(folder)}`);
      return mailsIn(await command('UID FETCH 1:* (UID FLAGS BODY.PEEK[])'));
    },
    close: () => socket.destroy(),
  };
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}

function literalSize(line: string): number | undefined {
  const size = /\{(\d+)\}\r\n$/.exec(line)?.[1];
  return size === undefined ? undefined : Number(size);
}

/** The items of one mail come in any order, before and after the literal (RFC 9051, section 7.5.2). */
function mailsIn(answer: Buffer): ShownMail[] {
  const mails: ShownMail[] = [];
  for (let at = 0; at < answer.length;) {
    let end = answer.indexOf('\r\n', at) + 2;
    let said = answer.toString('latin1', at, end);
    if (/^\* \d+ FETCH /.test(said)) {
      const size = literalSize(said) ?? 0;
      const raw = answer.subarray(end, end + size);
      const rest = answer.indexOf('\r\n', end + size) + 2;
      said += answer.toString('latin1', end + size, rest);
      end = rest;
      const uid = Number(/\bUID (\d+)/.exec(said)?.[1]);
      const flags = /\bFLAGS \(([^)]*)\)/.exec(said)?.[1] ?? '';
      mails.push({ uid, flags: flags.split(' ').filter((flag) => flag !== '' && flag !== '\\Recent'), raw });
    }
    at = end;
  }
  return mails.sort((a, b) => a.uid - b.uid);
}
