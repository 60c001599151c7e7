import type { ErrorView } from '../../shared/errors.ts';
import type { FlowDocument } from '../../shared/flow.ts';
import type { ParameterValues } from '../../shared/parameters.ts';
import type { ChannelHealth, DeploymentState } from '../../shared/status.ts';

/** Flows, their versions and deployments, and the channels of those. */

export interface FlowRow {
  id: string;
  name: string;
  description: string;
  draft: FlowDocument;
  /** What the parameters were given at the last deployment, to propose it at the next. */
  parameterValues: ParameterValues;
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
  /** What its parameters were given; frozen with the drawing. */
  parameterValues: ParameterValues;
}

/** A draft that lost against another one when two people drew at once. */
export interface KeptDraftRow {
  id: string;
  draft: FlowDocument;
  keptAt: Date;
  /** Who decided against it. */
  keptBy: string;
}

export interface Deploying {
  by: string;
  note: string;
  values: ParameterValues;
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
  /** The greeting of the mail server, or what it last said no with. */
  serverSaid: string | null;
  serverSaidAt: Date | null;
}

export interface FlowStore {
  list(): Promise<FlowRow[]>;
  get(id: string): Promise<FlowRow | undefined>;
  create(flow: { name: string; description: string; draft: FlowDocument }): Promise<FlowRow>;
  /**
   * Undefined when the revision is no longer `revision`.
   *
   * @param keepFor keeps the draft that is saved over, as set aside by this person
   */
  save(
    id: string,
    revision: number,
    change: Partial<Pick<FlowRow, 'name' | 'description' | 'draft'>>,
    keepFor?: string,
  ): Promise<FlowRow | undefined>;
  /** Ends its open messages as ABANDONED. */
  remove(id: string): Promise<boolean>;
  version(flowId: string, version: number): Promise<VersionRow | undefined>;
  /** Newest first, without their drawings; `before`: only older ones. */
  versions(flowId: string, limit: number, before?: number): Promise<Omit<VersionRow, 'document'>[]>;
  /** Keeps a drawing that was decided against; of each flow the last ten stay. */
  keepDraft(flowId: string, draft: FlowDocument, by: string): Promise<KeptDraftRow>;
  /** Newest first. */
  keptDrafts(flowId: string): Promise<KeptDraftRow[]>;
}

export interface DeploymentStore {
  list(): Promise<DeploymentRow[]>;
  get(flowId: string): Promise<DeploymentRow | undefined>;
  channels(flowId?: string): Promise<ChannelRow[]>;
  /**
   * Freezes `document` and the values of its parameters as the next version, unless a version does the same (`contentHash`), and sets it
   * Starting, in one transaction. A note is written to the version that is started, also where that is an old one.
   */
  start(flow: FlowRow, document: FlowDocument, deploying: Deploying): Promise<DeploymentRow>;
  stop(flowId: string): Promise<void>;
  pollNow(flowId: string): Promise<void>;
}
