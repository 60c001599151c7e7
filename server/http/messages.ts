import { FlowError } from '../../shared/errors.ts';
import type { MessageRow } from '../ports/logs.ts';
import { readContent } from './message-content.ts';
import type { HttpParts } from './parts.ts';
import { presentMessage, presentMessageSummary } from './present.ts';
import type { Handlers } from './route.ts';

export function messageRoutes(
  parts: HttpParts,
): Pick<Handlers, 'listMessages' | 'getMessage' | 'retryMessage' | 'cancelMessage' | 'processAgain'> {
  const { messages, events } = parts;

  return {
    async listMessages({ query: { limit, cursor, ...filter } }) {
      const { items, nextCursor } = await messages.list(filter, { limit, cursor });
      return { items: items.map(presentMessageSummary), nextCursor };
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
