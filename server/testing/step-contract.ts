import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import type { Description } from '../../shared/catalog/define.ts';
import type { Message } from '../../shared/flow.ts';
import type { Step } from '../ports/steps.ts';
import { stepContext } from './factories.ts';

/** One configuration and a message it is run on. */
export interface StepCase<Config> {
  name: string;
  config: Config;
  message: Message;
}

/** What every step must keep, since a step may run again after a crash and several branches may share a message. */
export function stepContract<Shape extends z.ZodRawShape>(
  description: Description<Shape>,
  step: Step<z.output<z.ZodObject<Shape>>>,
  cases: StepCase<z.output<z.ZodObject<Shape>>>[],
): void {
  describe(`step contract of ${step.type}`, () => {
    test('it is the behaviour of its description', () => {
      expect(step.type).toBe(description.type);
      expect(description.role).toBe('step');
    });

    describe.each(cases)('$name', ({ config, message }) => {
      const context = stepContext();

      test('the message handed in stays as it is', async () => {
        const before = structuredClone(message);
        await step.run(message, config, context);
        expect(message).toEqual(before);
      });

      test('the same message and clock give the same result', async () => {
        const first = await step.run(message, config, context);
        expect(await step.run(structuredClone(message), config, context)).toEqual(first);
      });

      test('the result can be stored and has one line for the log', async () => {
        const result = await step.run(message, config, context);
        expect(JSON.parse(JSON.stringify(result))).toEqual(result);
        expect(result.summary).toMatch(/^.{1,300}$/u);
        expect(['next', 'stop']).toContain(result.to);
      });

      test('no header holds a line break', async () => {
        const { message: after } = await step.run(message, config, context);
        for (const value of Object.values(after.headers)) expect(value).not.toMatch(/[\r\n\0]/);
      });
    });
  });
}
