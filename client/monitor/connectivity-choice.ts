import type { ProberType } from '../../shared/connectivity.ts';

/** What is tested without a channel. */
export const typedTests = { smtp: 'smtp-probe', tls: 'tls-probe', http: 'http-probe' } as const satisfies Record<string, ProberType>;
export type TypedTest = keyof typeof typedTests;

/** Whose values the connectivity test begins with; kept in the address. Without a flow they are typed. */
export interface ConnectivityChoice {
  /** A test of another connection than that to a mailbox. */
  test?: TypedTest;
  flow?: string;
  node?: string;
  drawing?: 'deployed' | 'draft';
}

/** Reads the choice of an address; what is not understood is left out. */
export function readConnectivityChoice({ test, flow, node, drawing }: Record<string, unknown>): ConnectivityChoice {
  if (typeof test === 'string' && Object.hasOwn(typedTests, test)) return { test: test as TypedTest };
  if (typeof flow !== 'string' || flow === '') return {};
  return {
    flow,
    ...(typeof node === 'string' && node !== '' && { node }),
    ...((drawing === 'deployed' || drawing === 'draft') && { drawing }),
  };
}
