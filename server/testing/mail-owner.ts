import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** User that owns the mails of a test server. */
export interface Owner {
  uid: number;
  gid: number;
  username: string;
  groupName: string;
}

/** Who starts the tests; as root the user `mail`, since mail servers refuse to read mail as root. */
export async function mailOwner(): Promise<Owner> {
  const { uid, gid, username } = userInfo();
  if (uid !== 0) return { uid, gid, username, groupName: (await run('id', ['-gn'])).stdout.trim() };
  const [passwd, group] = await Promise.all([run('getent', ['passwd', 'mail']), run('id', ['-gn', 'mail'])]);
  const [, , mailUid, mailGid] = passwd.stdout.trim().split(':');
  return { uid: Number(mailUid), gid: Number(mailGid), username: 'mail', groupName: group.stdout.trim() };
}
