/** The part of hoodiecrow-imap 2.1.0 that the practice mailbox uses; the package has no types. */
declare module 'hoodiecrow-imap' {
  import type { Server, Socket } from 'node:net';

  export interface ImapMail {
    uid: number;
    flags: string[];
    /** RFC 9051, date-time: `22-Nov-2026 13:46:01 +0000` */
    internaldate: string;
    /** One character per byte. */
    raw: string;
  }

  export interface ImapFolder {
    messages: ImapMail[];
    uidvalidity: number;
    uidnext: number;
    'special-use'?: string;
  }

  export interface ImapConnection {
    socket: Socket | null;
    state: string;
    /** What has come in and is not a whole command yet. */
    _command: string;
    _remainder: string;
    onData(chunk: Buffer): void;
    send(response: { tag: string; command: string; attributes: { type: 'TEXT'; value: string }[] }, description: string): void;
  }

  export interface ImapCommand {
    tag: string;
    command: string;
  }
  export type CommandHandler = (connection: ImapConnection, parsed: ImapCommand, data: string, done: () => void) => void;

  export interface ImapServer {
    server: Server;
    connectionHandlers: ((connection: ImapConnection) => void)[];
    getCommandHandler(command: string): CommandHandler | false;
    setCommandHandler(command: string, handler: CommandHandler): void;
    appendMessage(folder: string, flags: string[], internalDate: string, raw: string): void;
    getMailbox(path: string): ImapFolder;
  }

  export default function hoodiecrow(options: {
    plugins: string[];
    users: Record<string, { password: string }>;
    storage: { INBOX: ImapFolder; '': { separator: string; folders: Record<string, ImapFolder> } };
  }): ImapServer;
}
