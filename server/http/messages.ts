import type { MessageFilterView } from '../../shared/api/message-filter.ts';
import { maxCounted, maxMessagesAtOnce, type MessageSummary } from '../../shared/api/messages.ts';
import { FlowError } from '../../shared/errors.ts';
import type { ChangeEvent } from '../ports/engine.ts';
import type { MessageRow, StatusCounts } from '../ports/logs.ts';
import { filterOf } from '../ports/message-filter.ts';
import type { Answered, RerunWish } from '../ports/reruns.ts';
import { mailboxFactsOf } from './parse-message.ts';
import type { HttpParts } from './parts.ts';
import { presentAnswered, presentMessage, presentMessageSummary } from './present.ts';
import type { Asked, Handlers } from './route.ts';
import { nameOf, visitorOf } from './visitor.ts';

const hourMs = 60 * 60 * 1000;

export function messageRoutes(
  parts: HttpParts,
): Pick<
  Handlers,
  | 'listMessages'
  | 'listMessagesById'
  | 'countMessages'
  | 'getMessageChart'
  | 'getMessage'
  | 'retryMessage'
  | 'retryMessages'
  | 'cancelMessage'
  | 'cancelMessages'
  | 'processAgain'
> {
  const { messages, reruns, events } = parts;

  async function rerun(ids: string[], wish: RerunWish): Promise<Answered[]> {
    return tell(['message'], await reruns.rerun(ids, wish));
  }

  async function cancel(ids: string[]): Promise<Answered[]> {
    return tell(['message', 'cancel'], await reruns.cancel(ids));
  }

  function tell(kinds: ChangeEvent['kind'][], answers: Answered[]): Answered[] {
    for (const { id, refusal } of answers) if (!refusal) for (const kind of kinds) events.publish({ kind, id });
    return answers;
  }

  /** @throws the refusal */
  async function only([answer]: Answered[]): Promise<MessageSummary> {
    if (!answer) throw new Error('a call about one message was not answered');
    if (answer.refusal) throw answer.refusal;
    return presentMessageSummary(await existingMessage(parts, answer.id));
  }

  async function chosen({ ids, filter, cursor }: Asked<'cancelMessages'>['body']): Promise<{ ids: string[]; nextCursor: string | null }> {
    if (ids) return { ids: [...new Set(ids)], nextCursor: null };
    const { items, nextCursor } = await messages.list(filterOf(filter ?? {}), { limit: maxMessagesAtOnce, cursor });
    return { ids: items.map((message) => message.id), nextCursor };
  }

  return {
    async listMessages({ query: { limit, cursor, ...filter } }) {
      const { items, nextCursor } = await messages.list(filterOf(filter), { limit, cursor });
      return { items: items.map(presentMessageSummary), nextCursor };
    },

    async listMessagesById({ query: { ids, ...filter } }) {
      return { items: (await messages.among(ids, filterOf(filter))).map(presentMessageSummary) };
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
      const [steps, kept, mailbox] = await Promise.all([messages.steps(id), parts.traces.keptOf(id), mailboxFactsOf(parts, message)]);
      return presentMessage(message, { steps, kept, mailbox });
    },

    async countMessages({ query }) {
      const count = await messages.count(filterOf(query), maxCounted + 1);
      return { count: Math.min(count, maxCounted), isMore: count > maxCounted };
    },

    async retryMessage({ params: { id }, body, request, note }) {
      note({ after: body });
      return only(await rerun([id], { ...body, by: nameOf(visitorOf(request)) }));
    },

    async retryMessages({ body, request, note }) {
      note({ after: auditedChoice(body) });
      const { ids, nextCursor } = await chosen(body);
      const wish = { from: body.from, nodeId: body.nodeId, version: body.version, by: nameOf(visitorOf(request)) };
      return { results: (await rerun(ids, wish)).map(presentAnswered), nextCursor };
    },

    async cancelMessage({ params: { id } }) {
      return only(await cancel([id]));
    },

    async cancelMessages({ body, note }) {
      note({ after: auditedChoice(body) });
      const { ids, nextCursor } = await chosen(body);
      return { results: (await cancel(ids)).map(presentAnswered), nextCursor };
    },

    async processAgain({ params: { id } }) {
      const repeat = await messages.processAgain(id);
      if (!repeat) throw new FlowError('MESSAGE_NOT_UNREAD_AGAIN', { subject: (await existingMessage(parts, id)).subject });
      for (const changed of [id, repeat.id]) events.publish({ kind: 'message', id: changed });
      return presentMessageSummary(repeat);
    },
  };
}

function auditedChoice({ filter, ...choice }: Asked<'cancelMessages'>['body']) {
  return { ...choice, ...(filter && { filter: auditedFilter(filter) }) };
}

/** Without the words that were searched for: they may be a person's. */
export function auditedFilter({ search, sender, subject, mailMessageId, header, ...filter }: MessageFilterView) {
  const isSearched = [search, sender, subject, mailMessageId, header].some((text) => text !== undefined);
  return { ...filter, isSearched };
}

/** @throws NOT_FOUND */
export async function existingMessage({ messages }: Pick<HttpParts, 'messages'>, id: string): Promise<MessageRow> {
  const message = await messages.get(id);
  if (!message) throw new FlowError('NOT_FOUND', { what: 'message', id });
  return message;
}
