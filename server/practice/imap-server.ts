import { once } from 'node:events';
import type { Socket } from 'node:net';
import hoodiecrow, { type CommandHandler, type ImapConnection, type ImapFolder, type ImapServer } from 'hoodiecrow-imap';
import type { Logger } from '../ports/common.ts';

/** hoodiecrow-imap made fit to run inside the server: a fixed set of commands, limits, and no exception that gets out. */

export interface PracticeImapServer {
  port: number;
  server: ImapServer;
  /** Whether nobody is connected, so that mails can be taken out without renumbering them under a client. */
  isQuiet(): boolean;
  close(): Promise<void>;
}

export interface ImapServerOptions {
  /** Used when it is free; else any other. */
  port: number;
  user: string;
  password: string;
  folders: { INBOX: ImapFolder; Archive: ImapFolder };
  /** After a command that may have changed flags or folders. */
  onChange: () => void;
  log: Logger;
}

const plugins = ['ID', 'NAMESPACE', 'UNSELECT', 'SPECIAL-USE', 'UIDPLUS', 'MOVE'];
const readingCommands = ['CAPABILITY', 'NOOP', 'LOGIN', 'LOGOUT', 'ID', 'NAMESPACE', 'LIST', 'LSUB', 'STATUS', 'SELECT', 'EXAMINE'];
const mailCommands = ['CHECK', 'CLOSE', 'UNSELECT', 'EXPUNGE', 'SEARCH', 'FETCH', 'STORE', 'COPY', 'MOVE'];
const uidCommands = ['UID SEARCH', 'UID FETCH', 'UID STORE', 'UID COPY', 'UID MOVE', 'UID EXPUNGE'];
const maxCommandCharacters = 64 * 1024;
const maxConnections = 32;
const idleMs = 10 * 60_000;

export async function startImapServer(options: ImapServerOptions): Promise<PracticeImapServer> {
  const server = hoodiecrow({
    plugins,
    users: { [options.user]: { password: options.password } },
    storage: { INBOX: options.folders.INBOX, '': { separator: '/', folders: { Archive: options.folders.Archive } } },
  });
  allowOnly(server, [...readingCommands, ...mailCommands, ...uidCommands], options);
  const sockets = new Set<Socket>();
  server.connectionHandlers.push((connection) => guardConnection(connection, sockets));
  server.server.maxConnections = maxConnections;
  const port = await listen(server, options);
  return {
    port,
    server,
    isQuiet: () => sockets.size === 0,
    async close() {
      const closed = once(server.server, 'close');
      server.server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/**
 * Leaves out what would let a client fill the memory or change the folders (APPEND, CREATE, DELETE …). A handler of the library
 * that throws would keep its connection waiting for good, so each is guarded.
 */
function allowOnly(server: ImapServer, commands: string[], { onChange, log }: ImapServerOptions): void {
  const handlers = new Map(
    commands.map((name): [string, CommandHandler] => {
      const handler = server.getCommandHandler(name);
      if (!handler) throw new Error(`hoodiecrow-imap has no command ${name}`);
      return [name, guarded(handler, onChange, log)];
    }),
  );
  server.getCommandHandler = (command) => handlers.get(command.toUpperCase()) ?? false;
}

function guarded(handler: CommandHandler, onChange: () => void, log: Logger): CommandHandler {
  return (connection, parsed, data, done) => {
    let isDone = false;
    const finish = (): void => {
      if (isDone) return;
      isDone = true;
      if (connection.state === 'Selected') onChange();
      done();
    };
    try {
      handler(connection, parsed, data, finish);
    } catch (error) {
      log.warn({ err: error, command: parsed.command }, 'The practice mailbox could not carry out a command');
      connection.send({ tag: parsed.tag, command: 'NO', attributes: [{ type: 'TEXT', value: 'Not possible' }] }, 'SERVER ERROR');
      finish();
    }
  };
}

/** Puts limits around the library's own reading of the socket. */
function guardConnection(connection: ImapConnection, sockets: Set<Socket>): void {
  const { socket } = connection;
  if (!socket) return;
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
  // The library writes an answer in several small pieces; unless sent at once, each waits 40 ms for the other side.
  socket.setNoDelay(true);
  socket.setTimeout(idleMs, () => socket.destroy());
  socket.removeAllListeners('data');
  socket.on('data', (chunk: Buffer) => {
    try {
      connection.onData(chunk);
    } catch {
      socket.destroy();
    }
    const { _command: command, _remainder: remainder } = connection;
    if (command.length + remainder.length > maxCommandCharacters) socket.destroy();
  });
}

async function listen({ server }: ImapServer, { port, log }: ImapServerOptions): Promise<number> {
  try {
    return await listenOn(server, port);
  } catch (error) {
    log.warn({ err: error, port }, 'The port of the practice mailbox is taken; another one is used');
    return listenOn(server, 0);
  }
}

async function listenOn(server: ImapServer['server'], port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the practice mailbox listens on no port');
  return address.port;
}
