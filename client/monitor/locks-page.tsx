import { useRoute } from '../api.ts';
import { Loaded } from '../shell/loaded.tsx';
import { Page, Panel } from '../shell/page.tsx';
import { Table, Td, Th } from '../shell/table.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { TimeText } from '../ui/time-text.tsx';

/** Who polls which mailbox, so that no two workers do at once. */
export function LocksPage() {
  const locks = useRoute('listLocks', {});
  return (
    <Page title="Locks" intro="Who polls which mailbox now. A worker that stops renewing its lock is replaced within seconds.">
      <Loaded query={locks}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title="No mailbox is being polled at this moment." text="A lock exists only while a poll runs." />
          ) : (
            <Panel>
              <Table
                label="Locks"
                head={
                  <>
                    <Th className="w-full">Mailbox</Th>
                    <Th>Held by</Th>
                    <Th>Since</Th>
                    <Th>Until</Th>
                    <Th className="text-right!">Token</Th>
                  </>
                }
              >
                {items.map((lock) => (
                  <tr key={lock.key}>
                    <Td className="font-mono text-xs">{lock.key}</Td>
                    <Td className="whitespace-nowrap">{lock.holder}</Td>
                    <Td className="text-ink-soft">
                      <TimeText at={lock.acquiredAt} />
                    </Td>
                    <Td className="text-ink-soft">
                      <TimeText at={lock.expiresAt} />
                    </Td>
                    <Td className="text-ink-soft tabular text-right">{lock.token}</Td>
                  </tr>
                ))}
              </Table>
            </Panel>
          )
        }
      </Loaded>
    </Page>
  );
}
