/** Changes that were asked for with a key, so that a repetition of the request is no second change. */

export interface KeyedRequest {
  /** Id of the person or token. */
  visitor: string;
  key: string;
  route: string;
  /** Says what was asked for: the same key for something else is a mistake. */
  content: string;
}

export type KeyState =
  | { state: 'new' }
  | { state: 'running' }
  | { state: 'other' }
  | { state: 'done'; /** JSON; null where it was not kept. */ answer: string | null };

export interface DoneRequests {
  /** Whether it may run: of several at once exactly one is `new`. */
  begin(request: KeyedRequest): Promise<KeyState>;
  /** @param answer JSON; null where it holds a secret */
  done(request: KeyedRequest, answer: string | null): Promise<void>;
  /** It failed, so that it may be tried again with the same key. */
  failed(request: KeyedRequest): Promise<void>;
}
