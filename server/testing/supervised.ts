import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A server program of a test, that ends with the test and also when the test's process is killed. */
export interface Supervised {
  up(): void;
  /** Resolves when the last process of the server is gone. */
  down(): Promise<void>;
  /** As `down`, and removes the directory. */
  end(): Promise<void>;
}

/**
 * A shell that obeys `up` and `down`, and that clears everything away when its standard input closes:
 * by `end()`, or because this process is gone. What serves a client may outlive the server's master: its group is killed.
 */
const supervisor = `
directory=$1
shift
pid=
down() { [ -n "$pid" ] && kill "$pid" && wait "$pid"; [ -n "$pid" ] && kill -s KILL -- "-$pid"; pid=; }
while read -r word; do
  case "$word" in
    up) setsid "$@" </dev/null >/dev/null & pid=$! ;;
    down) down; echo down ;;
  esac
done
down
rm -rf "$directory"
`;

/**
 * @param command the server, kept in the foreground, with its arguments
 * @param directory what is removed at the end
 */
export async function supervise(command: string[], directory: string, env: NodeJS.ProcessEnv = {}): Promise<Supervised> {
  // An own session: Ctrl-C in the terminal must reach us, not the shell that has to clear up.
  const child = spawn('sh', ['-c', supervisor, 'sh', directory, ...command], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...pathWithSbin(), ...env },
  });
  child.stdin.on('error', () => {});
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  return {
    up: () => child.stdin.write('up\n'),
    down: async () => {
      child.stdin.write('down\n');
      await once(child.stdout, 'data');
    },
    end: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

/** Debian keeps server programs where other users do not look. */
export function pathWithSbin(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
}
