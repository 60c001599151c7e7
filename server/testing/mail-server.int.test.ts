import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, readdir } from 'node:fs/promises';
import net from 'node:net';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { startMailServer } from './mail-server.ts';

test('a delivered mail is offered over IMAP with its exact bytes, and nothing is left after stop', async () => {
  const server = await startMailServer();
  const directory = dirname(server.caFile);
  try {
    const user = await server.createUser();
    await user.deliver('Subject: one\r\n\r\nHello\r\n');
    await user.deliver('Subject: two\r\n\r\nHello\r\n');
    const answer = await talk(server.ports.imap, [
      `a login ${user.user} ${user.password}`,
      'b select INBOX',
      'c uid fetch 1:* (body.peek[header.fields (subject)])',
      'd logout',
    ]);
    expect(answer).toMatch(/Subject: one[^]*Subject: two/);
    expect(await user.flags()).toEqual(['', '']);
    await server.restart();
    expect(await talk(server.ports.imap, ['a logout'])).toContain('a OK');
  } finally {
    await server.stop();
  }
  await expect(access(directory)).rejects.toThrow('ENOENT');
  await expect(talk(server.ports.imap, ['a logout'])).rejects.toThrow('ECONNREFUSED');
});

test('the mail server ends when the process that started it is killed', async () => {
  const module = fileURLToPath(new URL('mail-server.ts', import.meta.url));
  const program = `import { startMailServer } from ${JSON.stringify(module)};
    const server = await startMailServer();
    console.log(JSON.stringify({ port: server.ports.imap, caFile: server.caFile }));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface(child.stdout), 'line');
  const { port, caFile } = JSON.parse(String(line));
  child.kill('SIGKILL');
  await vi.waitFor(() => expect(readdir(dirname(caFile))).rejects.toThrow('ENOENT'), { timeout: 10_000 });
  await expect(talk(port, ['a logout'])).rejects.toThrow('ECONNREFUSED');
});

async function talk(port: number, lines: string[]): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  for (const line of lines) socket.write(`${line}\r\n`);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}
