/** The drawn model and what travels through it. Plain data: the same in browser, API, database and runtime. */

export interface Position {
  x: number;
  y: number;
}

/** One adapter or step on the canvas. `type` names its description in `shared/catalog`. */
export interface FlowNode {
  id: string;
  type: string;
  position: Position;
  /** As typed, hidden fields included; `resolveConfig` turns it into what the runtime gets. */
  config: Record<string, unknown>;
}

/** A connection. Several edges out of one node hand a copy of the message to each target, in the order of `edges`. */
export interface FlowEdge {
  id: string;
  from: string;
  to: string;
  /** The output of `from` that it leaves by (`ports.ts`); absent: the only one. */
  port?: string | undefined;
}

/** A remark on the canvas. It is layout: nothing runs differently for it. */
export interface FlowNote {
  id: string;
  position: Position;
  width: number;
  height: number;
  text: string;
}

/** What fields name as `{{name}}`; its value is given at each deployment. */
export interface FlowParameter {
  name: string;
  description: string;
  default?: string | undefined;
}

export interface FlowDocument {
  nodes: FlowNode[];
  edges: FlowEdge[];
  /** What holds for the whole flow, as typed: `catalog/flow-settings.ts`. Drawings from before there were settings lack it. */
  settings?: Record<string, unknown> | undefined;
  parameters?: FlowParameter[] | undefined;
  notes?: FlowNote[] | undefined;
}

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export interface Attachment {
  /** Place among the attachments of its mail, from 0; names the content when it is opened. */
  index: number;
  name: string;
  contentType: string;
  sizeBytes: number;
  contentId?: string;
  disposition: 'attachment' | 'inline';
}

export interface MessageBody {
  contentType: string;
  text: string;
}

/** What travels through a flow. Headers may leave the flow, properties do not. */
export interface Message {
  /** Decoded values under lower-case names; the first of several equal names. */
  headers: Record<string, string>;
  properties: Record<string, Json>;
  body: MessageBody;
  attachments: Attachment[];
}

export const emptyFlow: FlowDocument = { nodes: [], edges: [] };
