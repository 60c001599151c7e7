/** What SSH servers show of themselves. */

export interface ShownHostKey {
  /** `ssh-ed25519` */
  type: string;
  /** `SHA256:…` */
  fingerprint: string;
  /** base64 */
  key: string;
}

/** The keys a server shows, one of each type; nobody signs in. @throws FlowError SSH_* */
export type ScanHostKeys = (server: { host: string; port: number; timeoutMs: number }, signal: AbortSignal) => Promise<ShownHostKey[]>;
