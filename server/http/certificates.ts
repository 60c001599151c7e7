import { FlowError } from '../../shared/errors.ts';
import type { CertificateRow } from '../ports/security.ts';
import type { HttpParts } from './parts.ts';
import { presentCertificate } from './present.ts';
import type { Handlers } from './route.ts';
import { nameOf, visitorOf } from './visitor.ts';

/** Whom to trust is decided by people, so each decision leaves a line in the log besides who and when in the artifact. */
export function certificateRoutes({
  certificates,
  log,
}: Pick<HttpParts, 'certificates' | 'log'>): Pick<
  Handlers,
  'listCertificates' | 'createCertificate' | 'saveCertificate' | 'deleteCertificate'
> {
  const missing = (id: string) => new FlowError('NOT_FOUND', { what: 'trusted certificate', id });
  const tell = (row: CertificateRow, by: string) =>
    log.info(
      { certificate: row.name, fingerprints: row.certificates.map(({ fingerprint256 }) => fingerprint256), by },
      'A certificate is trusted',
    );

  const stored = async (name: string) => (await certificates.list()).find((row) => row.name === name);

  return {
    listCertificates: async () => ({ items: (await certificates.list()).map(presentCertificate), nextCursor: null }),

    async createCertificate({ body, request, note }) {
      const by = nameOf(visitorOf(request));
      const created = await certificates.create(body, by);
      note({ after: auditedCertificates(created) });
      tell(created, by);
      return presentCertificate(created);
    },

    async saveCertificate({ params: { name }, body, request, note }) {
      note({ before: auditedCertificates(await stored(name)) });
      const by = nameOf(visitorOf(request));
      const saved = await certificates.save(name, body, by);
      if (!saved) throw missing(name);
      note({ name, after: auditedCertificates(saved) });
      tell(saved, by);
      return presentCertificate(saved);
    },

    async deleteCertificate({ params: { name }, request, note }) {
      note({ name, before: auditedCertificates(await stored(name)) });
      if (!(await certificates.remove(name))) throw missing(name);
      log.info({ certificate: name, by: nameOf(visitorOf(request)) }, 'A certificate is no longer trusted');
      return null;
    },
  };
}

/** What people decide about certificates, for the audit log. */
export function auditedCertificates(row: Pick<CertificateRow, 'description' | 'certificates'> | undefined) {
  return row && { description: row.description, fingerprints: row.certificates.map(({ fingerprint256 }) => fingerprint256) };
}
