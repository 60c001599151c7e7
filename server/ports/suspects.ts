/** Attempts that may never come back, because their mail ends or blocks the process that reads it. */
export interface SuspectStore {
  /** Says that the attempt is being made; returns how often it did not come back before. */
  begin(messageId: string, attempt: number): Promise<number>;
  /** It has ended, well or not. */
  cameBack(messageId: string): Promise<void>;
}
