import type { ProcessView } from '../../shared/api/processes.ts';
import { useRoute } from '../api.ts';
import { Loaded } from '../shell/loaded.tsx';
import { Page, Panel } from '../shell/page.tsx';
import { Table, Td, Th } from '../shell/table.tsx';
import { StatusDot } from '../ui/status-dot.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { processWords } from './status-words.ts';

const lookEveryMs = 5_000;

/** Which processes work on the database, and how the work is shared among them. */
export function ProcessesPage() {
  const processes = useRoute('listProcesses', {}, { everyMs: lookEveryMs });
  return (
    <Page
      title="Processes"
      intro="Who does the work, on which machine. What a process held that gives no sign for 15 seconds is taken over by the others."
    >
      <Loaded query={processes}>
        {({ items }) => (
          <Panel>
            <Table
              label="Processes"
              head={
                <>
                  <Th className="w-full">Machine</Th>
                  <Th>State</Th>
                  <Th>Role</Th>
                  <Th>Version</Th>
                  <Th>Mails kept in</Th>
                  <Th>Since</Th>
                  <Th className="text-right!">Polls</Th>
                  <Th className="text-right!">Waiting connections</Th>
                  <Th className="text-right!">Running messages</Th>
                </>
              }
            >
              {items.map((process) => (
                <ProcessRow key={process.id} process={process} />
              ))}
            </Table>
          </Panel>
        )}
      </Loaded>
    </Page>
  );
}

function ProcessRow({ process }: { process: ProcessView }) {
  const { text, tone } = processWords[process.state];
  const isWorker = process.role !== 'web' && process.state !== 'lost';
  return (
    <tr>
      <Td className="whitespace-nowrap">
        {process.host}
        <span className="text-ink-faint block text-xs">process {process.pid}</span>
      </Td>
      <Td className="whitespace-nowrap">
        <span className="inline-flex items-center gap-1.5 font-medium">
          <StatusDot tone={tone} isPulsing={process.state === 'stopping'} />
          {text}
        </span>
        {process.state === 'lost' && (
          <span className="text-ink-soft">
            {' '}
            · seen <TimeText at={process.seenAt} />
          </span>
        )}
      </Td>
      <Td>{process.role}</Td>
      <Td className="tabular">{process.version}</Td>
      <Td className="whitespace-nowrap">{keptIn[process.blobs]}</Td>
      <Td className="text-ink-soft">
        <TimeText at={process.startedAt} />
      </Td>
      {[process.polls, process.standing, process.exchanges].map((count, column) => (
        <Td key={column} className="tabular text-right">
          {isWorker ? count : '–'}
        </Td>
      ))}
    </tr>
  );
}

const keptIn: Record<ProcessView['blobs'], string> = { fs: 'files', 'fs-shared': 'shared files', pg: 'database' };
