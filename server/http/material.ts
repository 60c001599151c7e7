import type { HttpParts } from './parts.ts';
import { materialOfCertificate, materialOfCredential, materialOfKeyPair, materialOfOAuth2 } from './present-material.ts';
import type { Handlers } from './route.ts';

export function materialRoutes({
  credentials,
  oauth2Credentials,
  certificates,
  keyPairs,
  clock,
}: Pick<HttpParts, 'credentials' | 'oauth2Credentials' | 'certificates' | 'keyPairs' | 'clock'>): Pick<Handlers, 'listMaterial'> {
  return {
    async listMaterial() {
      const now = clock.now();
      const [users, clients, trusted, pairs] = await Promise.all([
        credentials.list(),
        oauth2Credentials.list(),
        certificates.list(),
        keyPairs.list(),
      ]);
      const items = [
        ...users.map(materialOfCredential),
        ...clients.map((row) => materialOfOAuth2(row, now)),
        ...trusted.map((row) => materialOfCertificate(row, now)),
        ...pairs.map((row) => materialOfKeyPair(row, now)),
      ];
      return { items, nextCursor: null };
    },
  };
}
