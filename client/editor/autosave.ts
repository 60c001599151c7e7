import type { FlowDocument } from '../../shared/flow.ts';

/** What of a flow is saved; parts that did not change are left out. */
export interface FlowPatch {
  name?: string;
  draft?: FlowDocument;
}

export type SaveState =
  | { kind: 'saved' }
  | { kind: 'waiting' }
  | { kind: 'saving' }
  /** Tried again by itself, unless the server has refused it for a reason that stays: then with the next change, or when a person says so. */
  | { kind: 'failed'; text: string; isRefused: boolean }
  /** Somebody else saved first; a person chooses between `overwrite` and reloading. */
  | { kind: 'conflict' };

export interface AutosaveOptions {
  revision: number;
  /** @returns the new revision */
  save: (patch: FlowPatch & { revision: number; keepsOther?: true }) => Promise<number>;
  isConflict: (error: unknown) => boolean;
  /** Trying again changes nothing. */
  isRefused: (error: unknown) => boolean;
  describeError: (error: unknown) => string;
  onState: (state: SaveState) => void;
  /** Time without a change before saving. */
  delayMs?: number;
}

const retryMs = [2_000, 5_000, 15_000, 30_000];

/** Saves a draft shortly after it changed: one request at a time, each naming the revision it started from. */
export class Autosave {
  readonly #options: AutosaveOptions;
  #revision: number;
  #pending: FlowPatch | undefined;
  #running: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #isHeld = false;
  /** What the next save overwrites is another person's, to be kept. */
  #keepsOther = false;

  constructor(options: AutosaveOptions) {
    this.#options = options;
    this.#revision = options.revision;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Whether something typed is not on the server yet. */
  get isUnsaved(): boolean {
    return this.#pending !== undefined || this.#running !== undefined;
  }

  changed(patch: FlowPatch): void {
    this.#pending = { ...this.#pending, ...patch };
    if (this.#isHeld) return;
    if (!this.#running) this.#options.onState({ kind: 'waiting' });
    this.#schedule(this.#options.delayMs ?? 600);
  }

  /** Saves now what is not saved yet; what fails is tried again by itself. @returns whether everything is saved */
  async flush(): Promise<boolean> {
    clearTimeout(this.#timer);
    await this.#running;
    if (this.#pending && !this.#isHeld) await this.#start();
    return !this.isUnsaved;
  }

  /** After a conflict: saves over the other change, which the server sets aside. */
  async overwrite(theirRevision: number): Promise<boolean> {
    this.#revision = theirRevision;
    this.#keepsOther = true;
    this.#isHeld = false;
    return this.flush();
  }

  /** Goes on from what the server has; what was not saved is dropped. */
  restart(revision: number): void {
    clearTimeout(this.#timer);
    this.#revision = revision;
    this.#pending = undefined;
    this.#isHeld = false;
    this.#keepsOther = false;
    this.#failures = 0;
    this.#options.onState({ kind: 'saved' });
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), delayMs);
  }

  #start(): Promise<void> {
    this.#running = this.#saveOnce().finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #saveOnce(): Promise<void> {
    const patch = this.#pending;
    if (!patch) return;
    this.#pending = undefined;
    this.#options.onState({ kind: 'saving' });
    try {
      const keep = this.#keepsOther ? { keepsOther: true as const } : {};
      this.#revision = await this.#options.save({ ...patch, ...keep, revision: this.#revision });
      this.#keepsOther = false;
      this.#failures = 0;
      this.#options.onState(this.#hasPending() ? { kind: 'waiting' } : { kind: 'saved' });
    } catch (error) {
      this.#putBack(patch);
      if (this.#options.isConflict(error)) {
        this.#isHeld = true;
        this.#options.onState({ kind: 'conflict' });
        return;
      }
      const isRefused = this.#options.isRefused(error);
      this.#options.onState({ kind: 'failed', text: this.#options.describeError(error), isRefused });
      if (isRefused) return;
      this.#schedule(retryMs[Math.min(this.#failures, retryMs.length - 1)] ?? 30_000);
      this.#failures += 1;
    }
  }

  /** Newer changes win over those that could not be saved. */
  #putBack(patch: FlowPatch): void {
    this.#pending = { ...patch, ...this.#pending };
  }

  #hasPending(): boolean {
    return this.#pending !== undefined;
  }
}
