import { useMutation } from '@tanstack/react-query';
import { ChevronDown, ScrollText } from 'lucide-react';
import { flowLogLevels, logLevelTable, type FlowLogLevel } from '../../shared/log-levels.ts';
import { call, useRoute } from '../api.ts';
import { useMay } from '../may.ts';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { Menu } from '../ui/menu.tsx';
import { relativeTime } from '../ui/time-words.ts';
import { toast } from '../ui/toast.tsx';
import { useNow } from '../ui/use-now.ts';

/** How much is kept of the messages of a deployed flow. What is more than Info ends by itself. */
export function LogLevelMenu({ flowId }: { flowId: string }) {
  const params = { id: flowId };
  const current = useRoute('getLogLevel', { params }, { everyMs: 60_000 });
  const mayTrace = useMay('trace');
  const now = useNow();
  const set = useMutation({
    mutationFn: async (level: FlowLogLevel) => call('setLogLevel', { params, body: { level } }),
    onSuccess: (view) => {
      queryClient.setQueryData(['getLogLevel', { params }], view);
      toast({ text: `Log level ${logLevelTable[view.level].title}: ${logLevelTable[view.level].about}`, tone: 'good' });
    },
  });
  if (!current.data) return null;
  const { until } = current.data;
  // It is over in the moment it ends, whatever was read last.
  const level = until !== null && Date.parse(until) <= now.getTime() ? 'info' : current.data.level;
  const { title } = logLevelTable[level];
  const ends = level === 'info' || until === null ? '' : `, ends ${relativeTime(new Date(until), now)}`;
  return (
    <Menu
      trigger={
        <Button size="sm" icon={<ScrollText size={13} aria-hidden />} disabled={!mayTrace} isBusy={set.isPending}>
          <span className={level === 'info' ? '' : 'text-warn'}>
            Log level: {title}
            <span className="tabular">{ends}</span>
          </span>
          <ChevronDown size={13} aria-hidden />
        </Button>
      }
      items={flowLogLevels.map((each) => ({
        label: logLevelTable[each].title,
        hint: hintOf(each, level),
        onSelect: () => set.mutate(each),
      }))}
    />
  );
}

function hintOf(level: FlowLogLevel, current: FlowLogLevel): string {
  const hints: Record<FlowLogLevel, string> = { info: 'steps only', debug: 'and headers, for a day', trace: 'and bodies, for 10 min' };
  return level === current ? `${hints[level]} · now` : hints[level];
}
