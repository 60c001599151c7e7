import { Link } from '@tanstack/react-router';
import { LockOpen } from 'lucide-react';
import { useState } from 'react';
import type { LockReleaseView, LockView } from '../../shared/api/locks.ts';
import { useRoute } from '../api.ts';
import { useWhyNot } from '../may.ts';
import { Loaded } from '../shell/loaded.tsx';
import { Page, Panel } from '../shell/page.tsx';
import { Table, Td, Th } from '../shell/table.tsx';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { ReleaseLockDialog } from './release-lock-dialog.tsx';

/** Workers renew their locks this often: there is no event for it. */
const everyMs = 3_000;

/** Who polls which mailbox, so that no two workers do at once. */
export function LocksPage() {
  const locks = useRoute('listLocks', {}, { everyMs });
  const releases = useRoute('listLockReleases', {});
  const [releasing, setReleasing] = useState<LockView>();
  return (
    <Page title="Locks" intro="Who polls which mailbox now. A worker that stops renewing its lock is replaced within seconds.">
      <Loaded query={locks}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              title="No mailbox is being polled at this moment."
              text="A lock exists while a poll runs, and while a connection waits for new mail."
            />
          ) : (
            <Panel>
              <Table
                label="Locks"
                head={
                  <>
                    <Th className="w-full">Mailbox</Th>
                    <Th>Flow and channel</Th>
                    <Th>Held by</Th>
                    <Th>Since</Th>
                    <Th>Runs out</Th>
                    <Th className="text-right!">Token</Th>
                    <Th>
                      <span className="sr-only">Release</span>
                    </Th>
                  </>
                }
              >
                {items.map((lock) => (
                  <LockRow key={lock.key} lock={lock} onRelease={() => setReleasing(lock)} />
                ))}
              </Table>
            </Panel>
          )
        }
      </Loaded>
      {releases.data && releases.data.items.length > 0 && <Releases items={releases.data.items} />}
      <ReleaseLockDialog lock={releasing} onClose={() => setReleasing(undefined)} />
    </Page>
  );
}

function LockRow({ lock, onRelease }: { lock: LockView; onRelease: () => void }) {
  const whyNot = useWhyNot('operate');
  const { key, kind, channel, holder, acquiredAt, expiresAt, token } = lock;
  return (
    <tr>
      <Td className={kind === 'mailbox' ? 'font-mono text-xs' : 'text-ink-faint font-mono text-xs'}>{key}</Td>
      <Td className="whitespace-nowrap">
        {channel ? (
          <>
            <Link to="/flows/$flowId" params={{ flowId: channel.flowId }} className="hover:underline">
              {channel.flowName}
            </Link>
            <span className="text-ink-soft"> · {channel.name}</span>
          </>
        ) : (
          <span className="text-ink-faint">unknown</span>
        )}
      </Td>
      <Td className="whitespace-nowrap">{holder}</Td>
      <Td className="text-ink-soft">
        <TimeText at={acquiredAt} />
      </Td>
      <Td className="text-ink-soft">
        <TimeText at={expiresAt} />
      </Td>
      <Td className="text-ink-soft tabular text-right">{token}</Td>
      <Td>
        {kind === 'mailbox' && (
          <Button
            size="sm"
            icon={<LockOpen size={13} aria-hidden />}
            whyNot={whyNot}
            onClick={onRelease}
            aria-label={`Release the lock on ${key}…`}
          >
            Release…
          </Button>
        )}
      </Td>
    </tr>
  );
}

function Releases({ items }: { items: LockReleaseView[] }) {
  return (
    <section aria-label="Released by people" className="flex flex-col gap-2">
      <h2 className="text-base font-semibold">Released by people</h2>
      <Panel>
        <Table
          label="Locks that were released"
          head={
            <>
              <Th>When</Th>
              <Th>Who</Th>
              <Th className="w-full">Why</Th>
              <Th>Mailbox</Th>
              <Th>Flow and channel</Th>
              <Th>Was held by</Th>
            </>
          }
        >
          {items.map((release) => (
            <tr key={release.id}>
              <Td className="text-ink-soft">
                <TimeText at={release.releasedAt} />
              </Td>
              <Td className="whitespace-nowrap">{release.releasedBy}</Td>
              <Td className="min-w-48 break-words">{release.reason}</Td>
              <Td className="font-mono text-xs">{release.key}</Td>
              <Td className="whitespace-nowrap">{[release.flowName, release.channelName].filter(Boolean).join(' · ') || '–'}</Td>
              <Td className="text-ink-soft whitespace-nowrap">{release.holder}</Td>
            </tr>
          ))}
        </Table>
      </Panel>
    </section>
  );
}
