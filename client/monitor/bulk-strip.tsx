import { Link } from '@tanstack/react-router';
import type { BulkKind } from '../../shared/bulk-kinds.ts';
import { useRoute } from '../api.ts';
import { BulkBar } from './bulk-bar.tsx';
import { bulkText } from './bulk-words.ts';
import { progressText } from './several.ts';

/** Above a list: what workers are doing to many of its lines now, whoever asked for it. */
export function BulkStrip({ kinds }: { kinds: readonly BulkKind[] }) {
  const bulks = useRoute('listBulks', { query: { limit: 5 } });
  const running = bulks.data?.items.filter(({ state, kind }) => state === 'running' && kinds.includes(kind)) ?? [];
  return running.map((bulk) => (
    <Link
      key={bulk.id}
      to="/monitor/bulk"
      className="border-line bg-info-soft flex items-center gap-3 border-t px-4 py-2 text-sm hover:underline sm:px-6"
    >
      <span>
        {bulkText(bulk)}: <span className="tabular">{progressText(bulk)}</span>
        <span className="text-ink-soft"> · {bulk.by}</span>
      </span>
      <span className="max-w-40 min-w-16 flex-1">
        <BulkBar tally={bulk} />
      </span>
    </Link>
  ));
}
