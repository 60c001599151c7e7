import { describe, expect, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { useMailRoom } from '../testing/mail-room.ts';
import { mailWith } from '../testing/mail-with.ts';
import type { SunkRequest } from '../testing/http-sink.ts';

/** Processing Order: In Order, on real servers, with two workers and kill -9. */

const subjectOf = (request: SunkRequest) => String(JSON.parse(request.body.toString()).headers.subject);
const orders = (count: number) => Array.from({ length: count }, (_, index) => `Order ${String(index).padStart(2, '0')}`);

describe('with one process', () => {
  const room = useMailRoom({ settings: { retryFirstWait: 3, retryFactor: 1, retryAttempts: 20 } });
  const deliver = async (...subjects: string[]) => {
    for (const subject of subjects) await room.user.deliver(mailWith(subject));
  };

  test('a mail in RETRY holds the ones behind it, those that come later too', async () => {
    let status = 503;
    room.sink.answerWith((request) => (subjectOf(request) === 'Order 01' ? status : 200));
    await deliver(...orders(4));
    await room.deploy('imap4', { processingOrder: 'in-order' });
    await room.inStatus('RETRY', 1);
    await deliver('Order 04');
    await room.pollUntil((poll) => poll.known === 4 || poll.taken === 1, 'the later mail to be taken in');
    expect(room.subjects()).toEqual(['Order 00', 'Order 01']);
    expect(await room.message('Order 02')).toMatchObject({ status: 'PROCESSING', isWaiting: true });

    status = 200;
    await room.inStatus('COMPLETED', 5);
    expect(room.subjects()).toEqual(orders(5));
  });

  test('a kill while the first waits for its next attempt, and a call of it that is cancelled, leave the order as it is', async () => {
    let status = 503;
    room.sink.answerWith((request) => (subjectOf(request) === 'Order 00' ? status : 200));
    await deliver(...orders(3));
    await room.deploy('imap4', { processingOrder: 'in-order' });
    await room.inStatus('RETRY', 1);
    const called = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    status = 200;
    room.sink.onRequest(async () => {
      called.resolve();
      await held.promise;
    });
    await room.killAndStart();
    await called.promise;
    expect(room.subjects()).toEqual(['Order 00']);
    await room.mailroom.call('cancelMessage', { params: { id: (await room.message('Order 00')).id } });
    held.resolve();
    await room.inStatus('COMPLETED', 2);
    expect(room.subjects()).toEqual(orders(3));
    await room.mailroom.call('retryMessage', { params: { id: (await room.message('Order 00')).id }, body: { from: 'start' } });
    await room.inStatus('COMPLETED', 3);
    // The call that was cut off, and the one of the run from the start under a key of its own.
    expect(room.subjects()).toEqual([...orders(3), 'Order 00']);
  });

  test.each([
    ['fails', async () => undefined, 422],
    ['is cancelled', async (id: string) => room.mailroom.call('cancelMessage', { params: { id } }), 503],
  ])('a mail that %s for good lets the next go on, and runs in its turn when it is retried', async (_, end, status) => {
    let isUp = false;
    room.sink.answerWith((request) => (subjectOf(request) === 'Order 00' && !isUp ? status : 200));
    await deliver(...orders(3));
    await room.deploy('imap4', { processingOrder: 'in-order' });
    await eventually(() => room.sink.requests.length > 0);
    await end((await room.message('Order 00')).id);
    await room.inStatus('COMPLETED', 2);
    expect(room.subjects()).toEqual(orders(3));

    isUp = true;
    await room.mailroom.call('retryMessage', { params: { id: (await room.message('Order 00')).id }, body: {} });
    await room.inStatus('COMPLETED', 3);
  });

  test('a mail that can not be parsed does not hold the line', async () => {
    const filler = Array.from({ length: 40_000 }, (_, i) => `X-Filler-${i}: ${'x'.repeat(40)}`).join('\r\n');
    await room.user.deliver(mailWith('Poison').replace('\r\n\r\n', `\r\n${filler}\r\n\r\n`));
    await deliver('Order 00');
    await room.deploy('imap4', { processingOrder: 'in-order' });
    await room.inStatus('COMPLETED', 1);
    expect(await room.setAside()).toHaveLength(1);
    expect(room.subjects()).toEqual(['Order 00']);
  });

  test.each(['imap4', 'pop3'] as const)(
    'over %s a large mail is not overtaken by small ones, and polls of few mails keep the order',
    async (protocol) => {
      const large = { text: `${'x'.repeat(70)}\r\n`.repeat(50_000) };
      for (const [index, subject] of orders(12).entries()) await room.user.deliver(mailWith(subject, index % 5 === 0 ? large : {}));
      await room.deploy(protocol, { processingOrder: 'in-order', maxMessages: 4 });
      await room.inStatus('COMPLETED', 12);
      expect(room.subjects()).toEqual(orders(12));
    },
  );

  test('switched from Parallel to In Order and back, nothing is left standing', async () => {
    await deliver('Order 00');
    await room.deploy('imap4');
    await room.inStatus('COMPLETED', 1);
    room.sink.answerWith((request) => (subjectOf(request) === 'Order 01' ? 503 : 200));
    await room.redeploy('imap4', { processingOrder: 'in-order' });
    await deliver('Order 01', 'Order 02');
    await room.inStatus('RETRY', 1);
    await room.redeploy('imap4');
    await deliver('Order 03');
    await room.inStatus('COMPLETED', 2);
    room.sink.answerWith(() => 200);
    await room.inStatus('COMPLETED', 4);
    expect(room.subjects().filter((subject) => subject !== 'Order 03')).toEqual(['Order 00', 'Order 01', 'Order 02']);
  });
});

describe('with two workers', () => {
  const room = useMailRoom({ role: 'web' });

  test('every mail is processed once and in order, while workers are killed in the middle', async () => {
    const all = orders(40);
    let running = 0;
    let most = 0;
    room.sink.answerWith(() => {
      running -= 1;
      return 200;
    });
    room.sink.onRequest(async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 60));
    });
    for (const subject of all) await room.user.deliver(mailWith(subject));
    const workers = [await room.startWorker(), await room.startWorker()];
    await room.deploy('imap4', { processingOrder: 'in-order', maxMessages: 15 });
    for (const share of [5, 20]) {
      await eventually(() => room.sink.requests.length >= share, { what: `${share} deliveries`, deadlineMs: 40_000 });
      await workers.shift()?.kill();
      running = 0;
      workers.push(await room.startWorker());
    }
    await eventually(async () => (await room.messages('COMPLETED')).length === all.length, { what: 'all mails', deadlineMs: 90_000 });
    // A call that was under way at a kill is repeated under its key, at its place.
    expect(room.subjects()).toEqual(all);
    const inTurn = room.sink.requests.map(subjectOf).filter((subject, index, every) => subject !== every[index - 1]);
    expect(inTurn).toEqual(all);
    expect(most).toBe(1);
  }, 180_000);
});
