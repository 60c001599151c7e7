import { FlowError } from '../../shared/errors.ts';
import type { MessageRow, StatusCounts } from '../ports/logs.ts';
import { readContent } from './message-content.ts';
import type { HttpParts } from './parts.ts';
import { presentMessage, presentMessageSummary } from './present.ts';
import type { Handlers } from './route.ts';

const hourMs = 60 * 60 * 1000;

export function messageRoutes(
  parts: HttpParts,
): Pick<Handlers, 'listMessages' | 'getMessageChart' | 'getMessage' | 'retryMessage' | 'cancelMessage' | 'processAgain'> {
  const { messages, events } = parts;

  return {
    async listMessages({ query: { limit, cursor, from, to, ...filter } }) {
      const time = { from: from === undefined ? undefined : new Date(from), to: to === undefined ? undefined : new Date(to) };
      const { items, nextCursor } = await messages.list({ ...filter, ...time }, { limit, cursor });
      return { items: items.map(presentMessageSummary), nextCursor };
    },

    async getMessageChart({ query: { from, to, stepHours, flowId } }) {
      const start = new Date(Math.floor(Date.parse(from) / hourMs) * hourMs);
      const steps = new Map<string, StatusCounts>();
      for (const { at, status, count } of await messages.chart({ from: start, to: new Date(to), stepHours, flowId }))
        steps.set(at.toISOString(), { ...steps.get(at.toISOString()), [status]: count });
      return { from: start.toISOString(), to, stepHours, steps: [...steps].map(([at, counts]) => ({ at, counts })) };
    },

    async getMessage({ params: { id } }) {
      const message = await existingMessage(parts, id);
      const [steps, read] = await Promise.all([messages.steps(id), readContent(parts, message)]);
      return presentMessage(message, steps, read);
    },

    async retryMessage({ params: { id } }) {
      const queued = await messages.rerun(id);
      if (!queued) throw new FlowError('MESSAGE_NOT_RERUNNABLE', { status: (await existingMessage(parts, id)).status });
      events.publish({ kind: 'message', id });
      return presentMessageSummary(queued);
    },

    async cancelMessage({ params: { id } }) {
      const cancelled = await messages.cancel(id);
      if (!cancelled) throw new FlowError('MESSAGE_ENDED', { status: (await existingMessage(parts, id)).status });
      events.publish({ kind: 'message', id });
      return presentMessageSummary(cancelled);
    },

    async processAgain({ params: { id } }) {
      const repeat = await messages.processAgain(id);
      if (!repeat) throw new FlowError('MESSAGE_NOT_UNREAD_AGAIN', { subject: (await existingMessage(parts, id)).subject });
      for (const changed of [id, repeat.id]) events.publish({ kind: 'message', id: changed });
      return presentMessageSummary(repeat);
    },
  };
}

/** @throws NOT_FOUND */
export async function existingMessage({ messages }: Pick<HttpParts, 'messages'>, id: string): Promise<MessageRow> {
  const message = await messages.get(id);
  if (!message) throw new FlowError('NOT_FOUND', { what: 'message', id });
  return message;
}
