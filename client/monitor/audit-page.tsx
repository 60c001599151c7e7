import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { ChevronDown, ChevronRight, RotateCw } from 'lucide-react';
import { Fragment } from 'react';
import type { AuditView } from '../../shared/api/audit.ts';
import { roleTable } from '../../shared/roles.ts';
import type { AuditOutcome } from '../../shared/status.ts';
import { call } from '../api.ts';
import { ErrorPanel } from '../shell/error-panel.tsx';
import { Page, Panel } from '../shell/page.tsx';
import { Table, Td, Th } from '../shell/table.tsx';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { Select } from '../ui/select.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { StatusDot } from '../ui/status-dot.tsx';
import { TimeText } from '../ui/time-text.tsx';
import type { Tone } from '../ui/tone.ts';
import type { AuditFilters } from './audit-filters.ts';
import { actionText, actorText, fieldChanges, subjectText } from './audit-words.ts';
import { messageTimes, startOf, type MessageTime } from './message-times.ts';
import { SearchBox } from './search-box.tsx';

const outcomes: Record<AuditOutcome, { text: string; tone: Tone }> = {
  done: { text: 'Done', tone: 'good' },
  refused: { text: 'Refused', tone: 'warn' },
  begun: { text: 'Begun', tone: 'neutral' },
};
const columns = 7;

/** Who did or looked at what, from where, and what it changed. */
export function AuditPage() {
  const filters = useSearch({ from: '/inside/monitor/audit' });
  const navigate = useNavigate();
  const { who, what, outcome, last, line: openLine } = filters;
  const lines = useInfiniteQuery({
    queryKey: ['listAudit', { who, what, outcome, last }, 'pages'],
    queryFn: async ({ pageParam }) =>
      call('listAudit', {
        query: { actor: who, subject: what, outcome, from: last && startOf(last, new Date()), limit: 50, cursor: pageParam },
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });
  const rows = lines.data?.pages.flatMap((page) => page.items);
  const narrow = (change: Partial<AuditFilters>, replace = false) =>
    void navigate({ to: '.', search: (current: AuditFilters) => ({ ...current, ...change }), replace });
  const isNarrowed = Boolean(who || what || outcome || last);
  return (
    <Page
      title="Audit log"
      intro="Who did or looked at what, from where. Lines can’t be changed; they are kept for 400 days."
      actions={<IconButton label="Read again" icon={<RotateCw size={15} aria-hidden />} onClick={() => void lines.refetch()} />}
    >
      <div className="flex flex-wrap items-center gap-2">
        <SearchBox label="Who" placeholder="Who" value={who ?? ''} onChange={(text) => narrow({ who: text.trim() || undefined }, true)} />
        <SearchBox
          label="To what: name or id"
          placeholder="To what: name or id"
          value={what ?? ''}
          onChange={(text) => narrow({ what: text.trim() || undefined }, true)}
        />
        <Select
          aria-label="Outcome"
          value={outcome ?? ''}
          onChange={(chosen: AuditOutcome | '') => narrow({ outcome: chosen || undefined })}
          options={{ '': 'Every outcome', done: outcomes.done.text, refused: outcomes.refused.text, begun: outcomes.begun.text }}
          className="w-36!"
        />
        <Select
          aria-label="Time"
          value={last ?? ''}
          onChange={(chosen: MessageTime | '') => narrow({ last: chosen || undefined })}
          options={{ '': 'Any time', ...messageTimes }}
          className="w-36!"
        />
      </div>
      {!rows && lines.error && <ErrorPanel error={lines.error} onRetry={() => void lines.refetch()} />}
      {!rows && !lines.error && <Skeleton rows={8} />}
      {rows?.length === 0 && (
        <EmptyState
          title={isNarrowed ? 'No line matches these filters.' : 'Nothing has been done yet.'}
          text="Changes, sign-ins and looks at what mails hold are written down here."
        />
      )}
      {rows && rows.length > 0 && (
        <Panel>
          <Table
            label="Audit log"
            head={
              <>
                <Th>
                  <span className="sr-only">Details</span>
                </Th>
                <Th>When</Th>
                <Th>Who</Th>
                <Th>Did</Th>
                <Th className="w-full">To what</Th>
                <Th>From</Th>
                <Th>Outcome</Th>
              </>
            }
          >
            {rows.map((line) => (
              <Line
                key={line.id}
                line={line}
                isOpen={line.id === openLine}
                onToggle={() => narrow({ line: line.id === openLine ? undefined : line.id }, true)}
              />
            ))}
          </Table>
        </Panel>
      )}
      {lines.hasNextPage && (
        <div className="flex justify-center">
          <Button isBusy={lines.isFetchingNextPage} onClick={() => void lines.fetchNextPage()}>
            Load more
          </Button>
        </div>
      )}
    </Page>
  );
}

function Line({ line, isOpen, onToggle }: { line: AuditView; isOpen: boolean; onToggle: () => void }) {
  const { text, tone } = outcomes[line.outcome];
  const Icon = isOpen ? ChevronDown : ChevronRight;
  const did = actionText(line.action);
  return (
    <Fragment>
      <tr>
        <Td className="pr-0!">
          <IconButton
            label={`${isOpen ? 'Hide' : 'Show'} details of ${did}`}
            aria-expanded={isOpen}
            icon={<Icon size={15} aria-hidden />}
            onClick={onToggle}
          />
        </Td>
        <Td className="text-ink-soft whitespace-nowrap">
          <TimeText at={line.at} />
        </Td>
        <Td className="max-w-48 truncate">{actorText(line.actor)}</Td>
        <Td className="whitespace-nowrap">{did}</Td>
        <Td className="max-w-64 min-w-40 truncate">{subjectText(line.subject)}</Td>
        <Td className="text-ink-soft font-mono text-xs whitespace-nowrap">{line.address}</Td>
        <Td className="whitespace-nowrap">
          <span className="inline-flex items-center gap-1.5">
            <StatusDot tone={tone} />
            {text}
          </span>
        </Td>
      </tr>
      {isOpen && (
        <tr>
          <td colSpan={columns} className="bg-sunken px-4 py-3">
            <LineDetails line={line} />
          </td>
        </tr>
      )}
    </Fragment>
  );
}

function LineDetails({ line }: { line: AuditView }) {
  const changes = fieldChanges(line.before, line.after);
  const { actor, subject, code, requestId } = line;
  const facts: [string, string | null][] = [
    ['Role', actor.role && roleTable[actor.role].title],
    ['By', { session: 'a person', token: 'an API token', anyone: null, command: null }[actor.kind]],
    ['Subject', subject.id && `${subject.kind} ${subject.id}`],
    ['Error', code],
    ['Request', requestId],
  ];
  return (
    <div className="flex flex-col gap-3">
      <dl className="text-ink-soft flex flex-wrap gap-x-5 gap-y-1 text-xs">
        {facts.map(
          ([name, value]) =>
            value && (
              <div key={name} className="flex min-w-0 gap-1.5">
                <dt>{name}</dt>
                <dd className="text-ink font-mono break-all">{value}</dd>
              </div>
            ),
        )}
      </dl>
      {changes.length > 0 && (
        <table className="max-w-3xl text-left text-xs">
          <thead className="text-ink-faint">
            <tr>
              <th className="pr-4 font-medium">Field</th>
              <th className="pr-4 font-medium">Before</th>
              <th className="font-medium">After</th>
            </tr>
          </thead>
          <tbody>
            {changes.map(({ field, before, after }) => (
              <tr key={field} className="align-top">
                <td className="text-ink-soft py-0.5 pr-4 font-mono">{field}</td>
                <td className="py-0.5 pr-4 break-words">{before ?? '–'}</td>
                <td className={`py-0.5 break-words ${before === after ? '' : 'font-medium'}`}>{after ?? '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
