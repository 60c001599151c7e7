import { useNavigate } from '@tanstack/react-router';
import { messageStatuses, type MessageStatus } from '../../shared/status.ts';
import { useRoute } from '../api.ts';
import { Button } from '../ui/button.tsx';
import { MultiSelect } from '../ui/multi-select.tsx';
import { ExtraFilters } from './extra-filters.tsx';
import { flowsOf, hasFilters, statusesOf, type MessageFilters } from './message-filters.ts';
import type { MessagesView } from './messages-view.ts';
import { SearchBox } from './search-box.tsx';
import { TimeRange } from './time-range.tsx';

const statusOptions = Object.fromEntries(messageStatuses.map((status) => [status, status])) as Record<MessageStatus, string>;

/** What the list is narrowed to. Each choice is a step that the back button takes back; typing is one step as a whole. */
export function FilterBar({ filters }: { filters: MessageFilters }) {
  const navigate = useNavigate();
  const flows = useRoute('listFlows', {});
  const narrow = (change: { [Name in keyof MessageFilters]: MessageFilters[Name] | undefined }, isContinued = false) =>
    void navigate({ to: '.', search: (current: MessagesView) => ({ ...current, ...change }), replace: isContinued });
  const chosen = flowsOf(filters);
  const names = new Map(flows.data?.items.map(({ id, name }) => [id, name]) ?? []);
  const gone = chosen.filter((id) => !names.has(id)).map((id) => [id, flows.data ? 'A flow that is gone' : '…']);
  return (
    <>
      <SearchBox value={filters.search ?? ''} onChange={(search, isContinued) => narrow({ search: search || undefined }, isContinued)} />
      <MultiSelect
        aria-label="Flow"
        values={chosen}
        onChange={(ids) => narrow({ flow: ids.join(',') || undefined })}
        options={Object.fromEntries([...names, ...gone])}
        noneText="All flows"
        manyText="flows"
        className="w-40! max-sm:flex-1"
      />
      <MultiSelect
        aria-label="Status"
        values={statusesOf(filters)}
        onChange={(statuses) => narrow({ status: statuses.join(',') || undefined })}
        options={statusOptions}
        noneText="Every status"
        manyText="statuses"
        className="w-36! max-sm:flex-1"
      />
      <TimeRange times={filters} onChange={narrow} />
      <ExtraFilters filters={filters} onChange={narrow} />
      {hasFilters(filters) && (
        <Button variant="ghost" onClick={() => void navigate({ to: '.', search: ({ cols }: MessagesView) => ({ cols }) })}>
          Clear filters
        </Button>
      )}
    </>
  );
}
