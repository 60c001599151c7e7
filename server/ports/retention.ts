import type { Retention } from '../../shared/retention.ts';

export interface RetentionStore {
  get(): Promise<Retention>;
  set(retention: Retention): Promise<Retention>;
}
