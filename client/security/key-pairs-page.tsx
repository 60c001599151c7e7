import { FileKey } from 'lucide-react';
import type { KeyPairView } from '../../shared/api/certificates.ts';
import { useRoute } from '../api.ts';
import { Td } from '../shell/table.tsx';
import { ArtifactsPage } from './artifacts-page.tsx';
import { certificateColumns } from './certificate-cells.tsx';
import { KeyPairDialog } from './key-pair-dialog.tsx';

/** The key pairs that encrypted mails are opened with, and that sign in at SFTP servers. */
export function KeyPairsPage() {
  return (
    <ArtifactsPage
      title="Key Pairs"
      intro="Certificates with their private keys: for mails that are encrypted with S/MIME, which every mail channel may use, and to sign in at SFTP servers."
      create="New key pair"
      icon={<FileKey size={24} aria-hidden />}
      empty={{ title: 'No key pair yet.', text: 'Without one, encrypted mails go through the flow as they are.' }}
      query={useRoute('listKeyPairs', {})}
      columns={[...certificateColumns, { title: 'Key', className: 'max-lg:hidden', cell: KeyCell }]}
      kind="key-pair"
      dialog={KeyPairDialog}
      deleteRoute="deleteKeyPair"
      consequence="The private key can’t be brought back, and mails encrypted for it can’t be read any more."
    />
  );
}

function KeyCell({ artifact: { certificates } }: { artifact: KeyPairView }) {
  return <Td className="text-ink-soft whitespace-nowrap max-lg:hidden">{certificates[0]?.key}</Td>;
}
