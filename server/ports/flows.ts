import type { ErrorView } from '../../shared/errors.ts';
import type { FlowDocument } from '../../shared/flow.ts';
import type { ChannelHealth, DeploymentState } from '../../shared/status.ts';

/** Flows, their versions and deployments, and the channels of those. */

export interface FlowRow {
  id: string;
  name: string;
  description: string;
  draft: FlowDocument;
  revision: number;
  createdAt: Date;
  updatedAt: Date;
}

export interface VersionRow {
  flowId: string;
  version: number;
  document: FlowDocument;
  deployedAt: Date;
  deployedBy: string;
  note: string;
}

export interface DeploymentRow {
  flowId: string;
  flowName: string;
  version: number;
  state: DeploymentState;
  deployedAt: Date;
  deployedBy: string;
  error: ErrorView | null;
}

export interface ChannelRow {
  /** Kept over redeploys: the ledger hangs on it. */
  id: string;
  flowId: string;
  nodeId: string;
  name: string;
  version: number;
  /** Resolved configuration of the deployed version. */
  type: string;
  config: Record<string, unknown>;
  health: ChannelHealth;
  nextPollAt: Date | null;
  lastSuccessAt: Date | null;
  failuresInRow: number;
  /** POP3 only: grows with each renumbering. */
  epoch: number;
  /** Messages are processed one at a time, oldest first. */
  isInOrder: boolean;
}

export interface FlowStore {
  list(): Promise<FlowRow[]>;
  get(id: string): Promise<FlowRow | undefined>;
  create(flow: { name: string; description: string; draft: FlowDocument }): Promise<FlowRow>;
  /** Undefined when the revision is no longer `revision`. */
  save(id: string, revision: number, change: Partial<Pick<FlowRow, 'name' | 'description' | 'draft'>>): Promise<FlowRow | undefined>;
  /** Ends its open messages as ABANDONED. */
  remove(id: string): Promise<boolean>;
  version(flowId: string, version: number): Promise<VersionRow | undefined>;
  /** Newest first, without their drawings; `before`: only older ones. */
  versions(flowId: string, limit: number, before?: number): Promise<Omit<VersionRow, 'document'>[]>;
}

export interface DeploymentStore {
  list(): Promise<DeploymentRow[]>;
  get(flowId: string): Promise<DeploymentRow | undefined>;
  channels(flowId?: string): Promise<ChannelRow[]>;
  /** Freezes `document` as the next version, unless it was deployed before, and sets it Starting, in one transaction. */
  start(flow: FlowRow, document: FlowDocument, by: string, note: string): Promise<DeploymentRow>;
  stop(flowId: string): Promise<void>;
  pollNow(flowId: string): Promise<void>;
}
