import { BadgeCheck } from 'lucide-react';
import { useRoute } from '../api.ts';
import { ArtifactsPage } from './artifacts-page.tsx';
import { certificateColumns } from './certificate-cells.tsx';
import { CertificateDialog } from './certificate-dialog.tsx';

/** The certificates that are trusted besides those this machine knows. */
export function CertificatesPage() {
  return (
    <ArtifactsPage
      title="Trusted Certificates"
      intro="Trusted besides the authorities this machine knows: for a mail server where a channel names them, for signed mails all of them."
      create="Trust a certificate"
      icon={<BadgeCheck size={24} aria-hidden />}
      empty={{
        title: 'No trusted certificate yet.',
        text: 'Only mail servers with a certificate of their own making need one. The connection test of a channel shows it.',
      }}
      query={useRoute('listCertificates', {})}
      columns={certificateColumns}
      kind="certificate"
      dialog={CertificateDialog}
      deleteRoute="deleteCertificate"
      consequence="Signatures and servers that only it vouches for are no longer trusted."
    />
  );
}
