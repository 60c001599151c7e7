import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BrowserContext } from '@playwright/test';
import { htmlHeaders } from '../../server/http/message-content.ts';
import { safeMailHtml } from '../../server/http/mail-html.ts';
import type { Canary } from '../../server/testing/canary.ts';
import { eventually } from '../../server/testing/eventually.ts';
import { armed, htmlAttacks } from '../../server/testing/html-attacks.ts';
import { scriptOf, urlOf } from './aim.ts';
import type { Tell } from './run.ts';

/**
 * Each of the three walls around an HTML mail on its own, the others taken away: what the server hands out, the policy of its answer,
 * and the frame of the page. And none of them, which shows that the attacks bite.
 */

interface Wall {
  /** What the document is made of. */
  isSafe: boolean;
  headers: Record<string, string>;
  sandbox: string | null;
  /** What it has to keep from happening. */
  stops: 'everything' | 'requests' | 'scripts' | 'nothing';
}

const walls: Record<string, Wall> = {
  'what the server hands out, alone': { isSafe: true, headers: {}, sandbox: null, stops: 'everything' },
  'the policy of the answer, alone': { isSafe: false, headers: htmlHeaders, sandbox: null, stops: 'requests' },
  'the sandbox of the frame, alone': { isSafe: false, headers: {}, sandbox: '', stops: 'scripts' },
  // Not the top navigation: it would take the page away under all others.
  'no wall': { isSafe: false, headers: {}, sandbox: 'allow-scripts allow-same-origin allow-forms', stops: 'nothing' },
};

/** With no wall at all at least so many attacks must be heard of, and so many by a script that ran. */
const leastBites = 90;
const leastScripts = 40;
/** For what comes late. */
const quietMs = 1_500;

export async function tryWalls(context: BrowserContext, canary: Canary, tell: Tell): Promise<void> {
  const server = createServer((request, response) => {
    void answer(request.url ?? '', response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    for (const [index, [name, wall]] of Object.entries(walls).entries()) {
      canary.heard.length = 0;
      const connectionsBefore = canary.connections();
      const page = await context.newPage();
      const events: string[] = [];
      page.on('dialog', (dialog) => {
        events.push('a dialog opened');
        void dialog.dismiss();
      });
      page.on('popup', () => events.push('a window opened'));
      page.on('download', () => events.push('a download began'));
      await page.goto(`${site}/walls/${index}`);
      await eventually(
        () => page.evaluate(() => document.querySelectorAll('iframe[data-loaded]').length === document.querySelectorAll('iframe').length),
        {
          what: 'all frames',
          deadlineMs: 60_000,
        },
      ).catch(() => undefined);
      await sleep(quietMs);
      const isThere = page.url() === `${site}/walls/${index}`;
      const isTouched = isThere && (await page.evaluate(() => 'attacked' in globalThis || document.title !== 'Walls'));
      await page.close();
      judge(
        name,
        wall,
        { heard: [...canary.heard], connections: canary.connections() - connectionsBefore, events, isThere, isTouched },
        tell,
      );
    }
  } finally {
    server.closeAllConnections();
    server.close();
  }

  async function answer(path: string, response: import('node:http').ServerResponse): Promise<void> {
    const [, kind, which, number] = path.split('/');
    const wall = Object.values(walls)[Number(which)];
    const attack = htmlAttacks[Number(number)];
    response.setHeader('content-type', 'text/html; charset=utf-8');
    if (kind === 'walls' && wall) {
      const sandbox = wall.sandbox === null ? '' : ` sandbox="${wall.sandbox}"`;
      const frames = htmlAttacks.map(
        (_, place) => `<iframe${sandbox} onload="this.dataset.loaded=1" src="/mail/${which}/${place}"></iframe>`,
      );
      response.end(`<!doctype html><title>Walls</title>${frames.join('\n')}`);
      return;
    }
    if (kind !== 'mail' || !wall || !attack) {
      response.writeHead(404).end();
      return;
    }
    for (const [name, value] of Object.entries(wall.headers)) response.setHeader(name, value);
    const html = armed(attack, { url: urlOf(Number(number)), script: scriptOf(Number(number)) });
    if (!wall.isSafe) response.end(`<!doctype html>${html}`);
    else response.end((await Array.fromAsync(safeMailHtml(html, async () => undefined))).join(''));
  }
}

interface Seen {
  heard: string[];
  connections: number;
  events: string[];
  isThere: boolean;
  isTouched: boolean;
}

function judge(name: string, { stops }: Wall, { heard, connections, events, isThere, isTouched }: Seen, tell: Tell): void {
  const numbersOf = (paths: string[]) => new Set(paths.map((path) => Number(path.split('/')[1])));
  const scripts = numbersOf(heard.filter((path) => path.endsWith('/ran')));
  const requests = numbersOf(heard);
  if (stops === 'nothing') {
    tell(
      `${name}: ${requests.size} attacks are heard of, ${scripts.size} by a script`,
      requests.size >= leastBites && scripts.size >= leastScripts,
    );
    return;
  }
  const through = stops === 'scripts' ? scripts : requests;
  for (const [number, attack] of htmlAttacks.entries()) tell(`${name}: ${attack.name}`, !through.has(number));
  tell(`${name}: the page is where it was, and as it was`, isThere && !isTouched);
  tell(`${name}: no dialog, window or download${events.length > 0 ? ` (${events.join(', ')})` : ''}`, events.length === 0);
  if (stops === 'everything') tell(`${name}: nobody even connected`, connections === 0);
}
