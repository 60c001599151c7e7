/** One line of the error table. `message` takes the facts of the case; `remedy` says what a person can do. */
export interface ErrorEntry<P = never> {
  /** HTTP status when it leaves the API. */
  status: number;
  /** Whether the same attempt may succeed later without anybody changing anything. */
  retryable: boolean;
  message: (params: P) => string;
  remedy: string;
}

export type ErrorTable = Record<string, ErrorEntry>;
