import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import type { Description } from '../../shared/catalog/define.ts';
import { FlowError } from '../../shared/errors.ts';
import type { Message } from '../../shared/flow.ts';
import type { Receiver, ReceiverContext } from '../ports/steps.ts';
import { attachment, message } from './factories.ts';

/** A working system to deliver to, started before and stopped after the suite by whoever calls it. */
export interface ReceiverEnvironment<Config> {
  config(): Config;
  /** A context whose receiver calls reach that system. */
  context(overrides?: Partial<ReceiverContext>): ReceiverContext;
  /** What the system holds now: one text per delivered message, in any order. */
  delivered(): Promise<string[]>;
  /** The same system, made to fail for now. */
  failing(): { config: Config; context: ReceiverContext };
}

/** What every receiver must keep, since a call may be repeated after a crash. */
export function receiverContract<Shape extends z.ZodRawShape>(
  description: Description<Shape>,
  receiver: Receiver<z.output<z.ZodObject<Shape>>>,
  environment: ReceiverEnvironment<z.output<z.ZodObject<Shape>>>,
): void {
  describe(`receiver contract of ${receiver.type}`, () => {
    const withText = (text: string): Message => message({ body: { contentType: 'text/plain', text } });

    test('it is the behaviour of its description', () => {
      expect(receiver.type).toBe(description.type);
      expect(description.role).toBe('receiver');
    });

    test('when it resolves, the system has the message', async () => {
      await receiver.deliver(withText('contract: here it is'), environment.config(), environment.context());
      expect((await environment.delivered()).filter((text) => text.includes('contract: here it is'))).toHaveLength(1);
    });

    test('the delivery has one line for the log and an answer of a few KiB that can be stored', async () => {
      const delivery = await receiver.deliver(withText('contract: log'), environment.config(), environment.context());
      expect(delivery.summary).toMatch(/^.{1,300}$/u);
      expect(JSON.parse(JSON.stringify(delivery.answer))).toEqual(delivery.answer);
      expect(JSON.stringify(delivery.answer).length).toBeLessThan(8_192);
      expect(JSON.stringify(delivery)).not.toContain('pump & valve');
    });

    test('a repeated call with the same key is recognised by the system', async () => {
      const context = environment.context();
      await receiver.deliver(withText('contract: repeated'), environment.config(), context);
      await receiver.deliver(withText('contract: repeated'), environment.config(), context);
      expect((await environment.delivered()).filter((text) => text.includes('contract: repeated'))).toHaveLength(1);
    });

    test('the same content under another key is another delivery', async () => {
      await receiver.deliver(withText('contract: twice'), environment.config(), environment.context());
      await receiver.deliver(withText('contract: twice'), environment.config(), environment.context());
      expect((await environment.delivered()).filter((text) => text.includes('contract: twice'))).toHaveLength(2);
    });

    test('the message handed in stays as it is', async () => {
      const input = message({ attachments: [attachment()] });
      const before = structuredClone(input);
      await receiver.deliver(input, environment.config(), environment.context());
      expect(input).toEqual(before);
    });

    test('a failing system is a FlowError that says what to do', async () => {
      const { config, context } = environment.failing();
      const error = await receiver.deliver(message(), config, context).catch((error: unknown) => error);
      expect(error).toBeInstanceOf(FlowError);
      expect(error).toMatchObject({ retryable: true, remedy: expect.stringMatching(/./) });
    });

    test('an aborted call ends at once and delivers nothing', async () => {
      const reason = new Error('stopped by the test');
      const context = environment.context({ signal: AbortSignal.abort(reason) });
      await expect(receiver.deliver(withText('contract: aborted'), environment.config(), context)).rejects.toBe(reason);
      expect((await environment.delivered()).filter((text) => text.includes('contract: aborted'))).toHaveLength(0);
    });
  });
}
