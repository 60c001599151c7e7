import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Square } from 'lucide-react';
import type { BulkView } from '../../shared/api/bulks.ts';
import { isOfQuarantine } from '../../shared/bulk-kinds.ts';
import { call, useRoute } from '../api.ts';
import { useMay } from '../may.ts';
import { Loaded } from '../shell/loaded.tsx';
import { Page, Panel } from '../shell/page.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Table, Td, Th } from '../shell/table.tsx';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { BulkBar } from './bulk-bar.tsx';
import { bulkStateWords, bulkText } from './bulk-words.ts';
import { filtersOfQuery } from './message-filters.ts';
import { Reasons } from './several-dialog.tsx';
import { progressText } from './several.ts';

/** What was done to many messages at once, and how far it is. */
export function BulkPage() {
  const bulks = useRoute('listBulks', { query: { limit: 100 } });
  return (
    <Page
      title="Bulk actions"
      intro="What was done to many messages, or mails in quarantine, at once. Workers do it, one after the other, whatever becomes of the page that asked for it."
    >
      <Loaded query={bulks}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              title="Nothing was done to many messages in the last 30 days."
              text="Tick messages in the list, or select all that match its filters, to run them again or to cancel them."
            />
          ) : (
            <Panel>
              <Table
                label="Bulk actions"
                head={
                  <>
                    <Th>State</Th>
                    <Th className="w-full">What</Th>
                    <Th>Progress</Th>
                    <Th>By</Th>
                    <Th>Begun</Th>
                    <Th>
                      <span className="sr-only">Stop</span>
                    </Th>
                  </>
                }
              >
                {items.map((bulk) => (
                  <BulkLine key={bulk.id} bulk={bulk} />
                ))}
              </Table>
            </Panel>
          )
        }
      </Loaded>
    </Page>
  );
}

function BulkLine({ bulk }: { bulk: BulkView }) {
  const { text, tone } = bulkStateWords[bulk.state];
  const mayOperate = useMay('operate');
  const stop = useMutation({
    mutationFn: async () => call('stopBulk', { params: { id: bulk.id } }),
    onSettled: async () => queryClient.invalidateQueries({ queryKey: ['listBulks'] }),
  });
  return (
    <tr>
      <Td className="align-top!">
        <Badge tone={tone}>{text}</Badge>
      </Td>
      <Td className="min-w-64">
        <span className="block font-medium">{bulkText(bulk)}</span>
        {isOfQuarantine(bulk.kind) ? (
          <Link to="/monitor/quarantine" className="text-accent min-h-6 text-xs hover:underline">
            {bulk.filter ? 'All that were set aside' : 'Mails chosen one by one'}
          </Link>
        ) : bulk.filter ? (
          <Link to="/monitor/messages" search={filtersOfQuery(bulk.filter)} className="text-accent min-h-6 text-xs hover:underline">
            Messages that match its filters now
          </Link>
        ) : (
          <span className="text-ink-faint text-xs">Chosen one by one</span>
        )}
        {bulk.refused > 0 && (
          <div className="mt-1 text-xs">
            {bulk.refused.toLocaleString('en')} stayed as they are:
            <Reasons reasons={bulk.reasons} />
          </div>
        )}
      </Td>
      <Td className="tabular min-w-32 align-top! whitespace-nowrap">
        {progressText(bulk)}
        <BulkBar tally={bulk} />
      </Td>
      <Td className="max-w-48 truncate align-top!">{bulk.by}</Td>
      <Td className="text-ink-soft align-top!">
        <TimeText at={bulk.at} />
      </Td>
      <Td className="align-top!">
        {bulk.state === 'running' && (
          <Button
            size="sm"
            icon={<Square size={12} aria-hidden />}
            disabled={!mayOperate}
            isBusy={stop.isPending}
            onClick={() => stop.mutate()}
            aria-label={`Stop: ${bulkText(bulk)}`}
          >
            Stop
          </Button>
        )}
      </Td>
    </tr>
  );
}
