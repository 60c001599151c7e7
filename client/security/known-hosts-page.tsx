import { Download, Fingerprint } from 'lucide-react';
import type { KnownHostsView } from '../../shared/api/known-hosts.ts';
import { readKnownHosts } from '../../shared/known-hosts.ts';
import { useRoute } from '../api.ts';
import { Td } from '../shell/table.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { ArtifactsPage } from './artifacts-page.tsx';
import { KnownHostsDialog } from './known-hosts-dialog.tsx';

/** The Known Hosts artifacts: which servers they are about, and which flows rely on them. */
export function KnownHostsPage() {
  return (
    <ArtifactsPage
      title="Known Hosts"
      intro="The keys of SSH servers. An SFTP receiver signs in only at a server whose key stands in the artifact it names."
      create="New Known Hosts"
      icon={<Fingerprint size={24} aria-hidden />}
      empty={{
        title: 'No Known Hosts yet.',
        text: 'An SFTP receiver needs the key of its server. You can also fetch it while you fill in the receiver.',
      }}
      query={useRoute('listKnownHosts', {})}
      columns={[
        { title: 'Hosts', cell: HostsCell },
        { title: 'Keys', cell: KeysCell },
      ]}
      actions={DownloadButton}
      kind="known-hosts"
      dialog={KnownHostsDialog}
      deleteRoute="deleteKnownHosts"
      consequence="Receivers that name it can’t sign in any more."
    />
  );
}

function HostsCell({ artifact: { text } }: { artifact: KnownHostsView }) {
  const names = readKnownHosts(text).entries.map(({ hosts }) => (hosts.startsWith('|') ? 'a hashed name' : hosts));
  const distinct = [...new Set(names)];
  return (
    <Td className="text-ink-soft max-w-64 truncate font-mono text-xs" title={distinct.join('\n')}>
      {distinct.join(', ')}
    </Td>
  );
}

function KeysCell({ artifact: { text } }: { artifact: KnownHostsView }) {
  const { entries } = readKnownHosts(text);
  const revoked = entries.filter(({ isRevoked }) => isRevoked).length;
  return (
    <Td className="text-ink-soft whitespace-nowrap">
      {entries.length - revoked}
      {revoked > 0 && `, ${revoked} revoked`}
    </Td>
  );
}

function DownloadButton({ artifact: { name, text } }: { artifact: KnownHostsView }) {
  return <IconButton label={`Download ${name}`} size="sm" icon={<Download size={14} aria-hidden />} onClick={() => download(name, text)} />;
}

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `${name}.known_hosts`;
  link.click();
  URL.revokeObjectURL(url);
}
