import { FlowError } from '../../../shared/errors.ts';
import type { ProbeFacts, ProbeStage, ProbeStageName } from '../../../shared/probe.ts';

export type ReportStage = (stage: ProbeStage) => void;

/** Stages that the protocol's own deadlines do not bound, in ms. */
const longestMs: Partial<Record<ProbeStageName, number>> = {
  signIn: 30_000,
  folders: 30_000,
  counts: 60_000,
  preview: 30_000,
  postProcessing: 10_000,
};
/** Each wait of the other stages ends at Timeout; a second one may follow to find out why. */
const waits = 2;
const graceMs = 2_000;

/** Reports the stages of one connection test, measures them, and ends one that takes too long. */
export class Stages {
  /** Ends whatever the test has under way: the visitor left, or a stage ran out of time. */
  readonly signal: AbortSignal;
  readonly #report: ReportStage;
  readonly #late = new AbortController();
  readonly #facts = new Map<ProbeStageName, ProbeFacts>();
  readonly #startedAt = new Map<ProbeStageName, number>();
  /** What a stage found may be told only after the next has begun. */
  readonly #endedAt = new Map<ProbeStageName, number>();
  readonly #server: { address: string; timeoutMs: number };
  #running: ProbeStageName = 'resolve';
  #timer: NodeJS.Timeout | undefined;

  /** @param server for the words of a stage that ends late; `timeoutMs` is the channel's Timeout */
  constructor(report: ReportStage, signal: AbortSignal, server: { address: string; timeoutMs: number }) {
    this.#report = report;
    this.#server = server;
    this.signal = AbortSignal.any([signal, this.#late.signal]);
  }

  /** Begins a stage, or says what a running one does now. */
  start(stage: ProbeStageName, sentence: string): void {
    const now = performance.now();
    if (stage !== this.#running) this.#endedAt.set(this.#running, this.#endedAt.get(this.#running) ?? now);
    if (!this.#startedAt.has(stage)) {
      this.#startedAt.set(stage, now);
      this.#arm(stage);
    }
    this.#running = stage;
    this.#report({ stage, state: 'running', sentence });
  }

  /** Keeps facts of a stage; they are told when it ends, however it ends. */
  found(facts: ProbeFacts, stage = this.#running): void {
    this.#facts.set(stage, { ...this.#facts.get(stage), ...facts });
  }

  done(stage: ProbeStageName, sentence: string): void {
    this.#end({ stage, state: 'done', sentence });
  }

  warn(stage: ProbeStageName, sentence: string): void {
    this.#end({ stage, state: 'warning', sentence });
  }

  /** Puts an error on the stage that is running. */
  fail(error: FlowError): void {
    this.#end({ stage: this.#running, state: 'failed', sentence: error.message, error: error.view() });
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #end(ended: ProbeStage): void {
    const { stage } = ended;
    const startedAt = this.#startedAt.get(stage);
    const endedAt = this.#endedAt.get(stage) ?? performance.now();
    const facts = this.#facts.get(stage);
    this.#report({
      ...ended,
      ...(startedAt === undefined ? {} : { durationMs: Math.round(endedAt - startedAt) }),
      ...(facts === undefined ? {} : { facts }),
    });
  }

  #arm(stage: ProbeStageName): void {
    clearTimeout(this.#timer);
    const timeoutMs = longestMs[stage] ?? waits * this.#server.timeoutMs + graceMs;
    const { address } = this.#server;
    this.#timer = setTimeout(
      () => this.#late.abort(new FlowError('MAIL_TIMEOUT', { address, during: words[stage], timeoutMs })),
      timeoutMs,
    );
  }
}

const words: Record<ProbeStageName, string> = {
  resolve: 'looking up the name',
  connect: 'connecting',
  protect: 'TLS handshake',
  greeting: 'greeting',
  capabilities: 'capabilities',
  mechanism: 'mechanism',
  signIn: 'sign-in',
  folders: 'listing folders',
  counts: 'counting',
  preview: 'reading the next mails',
  postProcessing: 'post-processing',
  answer: 'answer',
};
