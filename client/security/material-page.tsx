import { Link, type LinkProps } from '@tanstack/react-router';
import { FlaskConical, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import type { MaterialView } from '../../shared/api/material.ts';
import { materialKindTitles, type MaterialKind } from '../../shared/material.ts';
import { useRoute } from '../api.ts';
import { useMay } from '../may.ts';
import { Loaded } from '../shell/loaded.tsx';
import { Page, Panel } from '../shell/page.tsx';
import { Table, Td, Th } from '../shell/table.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Select } from '../ui/select.tsx';
import { TextInput } from '../ui/text-input.tsx';
import { ActionsHead, AllowedHostsCell, DeployedCell } from './artifact-cells.tsx';
import { attentionFirst, needsAttention, shownMaterial } from './material-list.ts';
import { MaterialStateText } from './material-state.tsx';
import { MaterialTestDialog } from './material-test.tsx';
import { UsesList } from './uses.tsx';

const pages: Record<MaterialKind, LinkProps['to']> = {
  credential: '/security/credentials',
  oauth2: '/security/oauth2',
  'oauth2-client': '/security/oauth2-clients',
  parameter: '/security/parameters',
  certificate: '/security/certificates',
  'known-hosts': '/security/known-hosts',
  'key-pair': '/security/key-pairs',
};

interface Tested {
  kind: MaterialKind;
  name: string;
}

/** All security material in one list: what needs a person first, who uses what, where it may be sent, until when it lasts. */
export function MaterialPage() {
  const material = useRoute('listMaterial', {});
  const [text, setText] = useState('');
  const [testing, setTesting] = useState<Tested>();
  const [kind, setKind] = useState<MaterialKind | ''>('');
  return (
    <Page title="Security Material" intro="Everything that signs in, is trusted, or decrypts. Flows hold only the names.">
      <Loaded query={material}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              icon={<ShieldCheck size={24} aria-hidden />}
              title="No security material yet."
              text="Create it on the pages beside this one, or while you fill in a channel."
            />
          ) : (
            <>
              <div className="mb-3 flex flex-wrap items-center gap-2">
                <div className="w-64 max-w-full">
                  <TextInput aria-label="Find" type="search" placeholder="Name, flow or host" value={text} onChange={setText} />
                </div>
                <div className="w-56 max-w-full">
                  <Select aria-label="Kind" value={kind} onChange={setKind} options={{ '': 'All kinds', ...materialKindTitles }} />
                </div>
                <Attention items={items} />
              </div>
              <MaterialTable items={attentionFirst(shownMaterial(items, { text, kind }))} onTest={setTesting} />
            </>
          )
        }
      </Loaded>
      <MaterialTestDialog tested={testing} onClose={() => setTesting(undefined)} />
    </Page>
  );
}

function Attention({ items }: { items: MaterialView[] }) {
  const count = items.filter(needsAttention).length;
  return (
    <p className={count > 0 ? 'text-bad font-medium' : 'text-ink-soft'}>
      {count === 0 ? 'Nothing needs attention.' : count === 1 ? '1 artifact needs attention.' : `${count} artifacts need attention.`}
    </p>
  );
}

function TestCell({ item: { kind, name }, onTest }: { item: MaterialView; onTest: (tested: Tested) => void }) {
  const mayProbe = useMay('probe');
  return (
    <Td className="w-px">
      <IconButton
        label={`Test ${name}`}
        size="sm"
        icon={<FlaskConical size={14} aria-hidden />}
        disabled={!mayProbe}
        onClick={() => onTest({ kind, name })}
      />
    </Td>
  );
}

function MaterialTable({ items, onTest }: { items: MaterialView[]; onTest: (tested: Tested) => void }) {
  if (items.length === 0) return <p className="text-ink-soft">Nothing fits what you look for.</p>;
  return (
    <Panel>
      <Table
        label="Security material"
        head={
          <>
            <Th>Name</Th>
            <Th>State</Th>
            <Th>Used by</Th>
            <Th>Allowed hosts</Th>
            <Th className="max-md:hidden">Deployed</Th>
            <ActionsHead />
          </>
        }
      >
        {items.map((item) => (
          <tr key={`${item.kind} ${item.name}`}>
            <Td className="max-w-60 min-w-36 max-sm:max-w-40">
              <Link to={pages[item.kind]} className="text-accent block truncate font-medium hover:underline" title={item.description}>
                {item.name}
              </Link>
              <span className="text-ink-faint block truncate text-xs">{materialKindTitles[item.kind]}</span>
            </Td>
            <Td className="max-w-64 min-w-36">
              <MaterialStateText {...item} />
            </Td>
            <Td>
              <UsesList usedBy={item.usedBy} />
            </Td>
            {item.allowedHosts ? <AllowedHostsCell hosts={item.allowedHosts} /> : <Td className="text-ink-faint">–</Td>}
            <DeployedCell at={item.deployedAt} by={item.deployedBy} />
            <TestCell item={item} onTest={onTest} />
          </tr>
        ))}
      </Table>
    </Panel>
  );
}
