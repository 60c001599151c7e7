import pino, { type LoggerOptions } from 'pino';
import { prettyFactory } from 'pino-pretty';
import type { LogLevel } from './config.ts';
import type { Logger } from './ports/common.ts';

/** Fields that may hold a secret, at the top of the facts and one or two levels down, such as the headers of a request. */
const secretFields = ['password', 'secret', 'token', 'masterKey', 'authorization', 'cookie', 'databaseUrl'];
const secretPaths = secretFields.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

export interface LogTarget {
  isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** Lines for people on a terminal, one JSON object a line otherwise. What looks like a secret is left out. */
export function createLog(level: LogLevel, target: LogTarget = process.stdout): Logger {
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { error: pino.stdSerializers.err, err: pino.stdSerializers.err },
    redact: { paths: secretPaths, censor: '(not shown)' },
  };
  if (!target.isTTY) return pino(options, target);
  const format = prettyFactory({ colorize: true, translateTime: 'SYS:HH:MM:ss' });
  return pino(options, { write: (line) => target.write(format(line)) });
}
