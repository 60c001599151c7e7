/** What the artifacts of security material have in common. */

/** A field of a channel, or of a target of alerts, that names an artifact. */
export interface ArtifactUse {
  /** Null for the target of alerts that `flowName` says. */
  flowId: string | null;
  flowName: string;
  nodeId: string | null;
  /** Empty for a target of alerts. */
  nodeName: string;
  /** Its label. */
  field: string;
  /** In the version that runs, or in a target that is switched on. */
  isDeployed: boolean;
  /** In the drawing. */
  isDrawn: boolean;
}

/** A server that does not let an artifact in. */
export interface Refusal {
  /** host/user */
  account: string;
  /** In a row. */
  refusals: number;
  /** No other try before. */
  until: Date;
}

/** The kind of field that names artifacts. */
export type NamingControl = 'credential' | 'certificate' | 'known-hosts' | 'key-pair';

export interface TestableUse {
  use: ArtifactUse;
  /** The channel as it runs, else as it is drawn, with the values of its parameters; null for a target of alerts. */
  channel: {
    type: string;
    config: Record<string, unknown>;
    /** Of the field that names the artifact. */
    key: string;
  } | null;
}

export interface ArtifactUses {
  toTest(control: NamingControl, name: string): Promise<TestableUse[]>;
}
