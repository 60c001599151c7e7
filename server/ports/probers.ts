import type { ProbeConfig, ProberType } from '../../shared/connectivity.ts';
import type { ProbeStage } from '../../shared/probe.ts';
import type { Secrets } from './secrets.ts';

/** Tests of connections that belong to no channel. */

export interface ProbeContext {
  secrets: Pick<Secrets, 'useCredential' | 'trustedCertificate'>;
  signal: AbortSignal;
}

/** Reports each stage as it happens, also the one that fails; changes nothing on the other side. */
export type Prober<T extends ProberType> = (
  config: ProbeConfig<T>,
  context: ProbeContext,
  report: (stage: ProbeStage) => void,
) => Promise<void>;

export type Probers = { [T in ProberType]: Prober<T> };
