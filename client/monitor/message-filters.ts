import type { MessageFilterText } from '../../shared/api/message-filter.ts';
import { readLogHeader } from '../../shared/log-header.ts';
import { messageStatuses, type MessageStatus } from '../../shared/status.ts';
import { isMessageTime, startOf, type MessageTime } from './message-times.ts';

/** What the list of messages is narrowed to; kept in the address, so that it can be shared and survives back and forward. */
export interface MessageFilters {
  /** Ids, separated by commas: any of them. */
  flow?: string;
  /** Separated by commas: any of them. */
  status?: string;
  version?: number;
  /** Parts of them. */
  sender?: string;
  subject?: string;
  /** A whole Message-ID. */
  mid?: string;
  /** `name=value` of a header kept for the log. */
  header?: string;
  /** The code of an error. */
  error?: string;
  search?: string;
  /** Received within the last … */
  last?: MessageTime;
  /** Received from the one time on, and before the other: ISO 8601. */
  from?: string;
  to?: string;
  /** The mail was marked unread again. */
  unread?: true;
}

/** As many as the API takes. */
const mostFlows = 50;

/** Reads the filters of an address; what is not understood is left out. */
export function readMessageFilters(params: Record<string, unknown>): MessageFilters {
  const { last, from, to } = params;
  const flow = valuesOf(textOf(params['flow'], 5_000)).filter(isId).slice(0, mostFlows).join(',');
  const status = statusesOf({ status: textOf(params['status'], 200) }).join(',');
  const version = Number(params['version']);
  const sender = textOf(params['sender'], 200);
  const subject = textOf(params['subject'], 200);
  const mid = textOf(params['mid'], 1_000);
  const header = textOf(params['header'], 400);
  const search = textOf(params['search'], 200);
  const error = textOf(params['error'], 60);
  return {
    ...(flow && { flow }),
    ...(status && { status }),
    ...(Number.isInteger(version) && version >= 1 && version <= 1_000_000 && { version }),
    ...(sender && { sender }),
    ...(subject && { subject }),
    ...(mid && { mid }),
    ...(header && readLogHeader(header) && { header }),
    ...(error && isErrorCode(error) && { error }),
    ...(search && { search }),
    ...(isMessageTime(last) && { last }),
    ...(isTime(from) && { from }),
    ...(isTime(to) && { to }),
    ...(String(params['unread']) === 'true' && { unread: true as const }),
  };
}

export function hasFilters(filters: MessageFilters): boolean {
  return Object.keys(filters).length > 0;
}

export function flowsOf({ flow }: Pick<MessageFilters, 'flow'>): string[] {
  return valuesOf(flow);
}

export function statusesOf({ status }: Pick<MessageFilters, 'status'>): MessageStatus[] {
  const wanted = new Set(valuesOf(status));
  return messageStatuses.filter((candidate) => wanted.has(candidate));
}

/** The query of the API that these filters mean. */
export function messageQuery(filters: MessageFilters, now = new Date()): MessageFilterText {
  const { flow, status, version, sender, subject, mid, header, error, search, last, from, to, unread } = filters;
  const since = last ? startOf(last, now) : from;
  return {
    ...(flow && { flowId: flow }),
    ...(status && { status }),
    ...(version && { version }),
    ...(sender && { sender }),
    ...(subject && { subject }),
    ...(mid && { mailMessageId: mid }),
    ...(header && { header }),
    ...(error && { error }),
    ...(search && { search }),
    ...(since && { from: since }),
    ...(to && !last && { to }),
    ...(unread && { unreadAgain: 'true' }),
  };
}

/** The filters that a query of the API means. */
export function filtersOfQuery({ flowId, mailMessageId, unreadAgain, ...query }: Record<string, string>): MessageFilters {
  return readMessageFilters({ ...query, flow: flowId, mid: mailMessageId, unread: unreadAgain });
}

export function isErrorCode(text: string): boolean {
  return /^[A-Z][A-Z0-9_]{0,59}$/.test(text);
}

function valuesOf(text: string | undefined): string[] {
  return text ? text.split(',') : [];
}

function textOf(value: unknown, longest: number): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.slice(0, longest) : undefined;
}

function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) && !Number.isNaN(Date.parse(value));
}
