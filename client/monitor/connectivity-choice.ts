/** Whose values the connectivity test begins with; kept in the address. Without a flow they are typed. */
export interface ConnectivityChoice {
  flow?: string;
  node?: string;
  drawing?: 'deployed' | 'draft';
}

/** Reads the choice of an address; what is not understood is left out. */
export function readConnectivityChoice({ flow, node, drawing }: Record<string, unknown>): ConnectivityChoice {
  if (typeof flow !== 'string' || flow === '') return {};
  return {
    flow,
    ...(typeof node === 'string' && node !== '' && { node }),
    ...((drawing === 'deployed' || drawing === 'draft') && { drawing }),
  };
}
