import { expect, test } from 'vitest';
import { createLog } from './log.ts';

function terminal(isTTY: boolean) {
  const lines: string[] = [];
  return { lines, isTTY, write: (text: string) => lines.push(text) };
}

test('away from a terminal each line is one JSON object with level and time', () => {
  const target = terminal(false);
  createLog('info', target).info({ flow: 'Orders' }, 'deployed');
  expect(JSON.parse(target.lines.join(''))).toMatchObject({
    level: 'info',
    flow: 'Orders',
    msg: 'deployed',
    time: expect.stringMatching(/Z$/),
  });
});

test('on a terminal a line is text', () => {
  const target = terminal(true);
  createLog('info', target).warn({ flow: 'Orders' }, 'poll failed');
  expect(target.lines.join('')).toMatch(/WARN.*poll failed[^]*flow.*"Orders"/);
});

test('lines below the level are not written', () => {
  const target = terminal(false);
  createLog('warn', target).info({}, 'polling');
  expect(target.lines).toEqual([]);
});

test('secrets are left out, wherever in the facts they are', () => {
  const target = terminal(false);
  const facts = {
    password: 's3cret',
    credential: { secret: 's3cret' },
    request: { headers: { authorization: 's3cret', cookie: 's3cret' } },
  };
  createLog('info', target).info(facts, 'signed in');
  expect(target.lines.join('')).not.toContain('s3cret');
});

test('an error keeps its message, stack and cause', () => {
  const target = terminal(false);
  createLog('info', target).error({ error: new Error('poll failed', { cause: new Error('socket closed') }) }, 'poll');
  expect(JSON.parse(target.lines.join('')).error).toMatchObject({
    message: expect.stringContaining('poll failed'),
    stack: expect.stringContaining('socket closed'),
  });
});
