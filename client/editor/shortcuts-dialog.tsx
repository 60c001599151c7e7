import { Dialog } from '../ui/dialog.tsx';
import { Kbd } from '../ui/kbd.tsx';
import { commands } from './command-list.ts';
import { commandGroups, type Command } from './commands.ts';
import { keyCaps } from './keys.ts';

/** What the mouse does with keys held; no command, so not in the list of commands. */
const gestures: [string, string[]][] = [
  ['Select an area', ['Shift', 'drag']],
  ['Pan', ['Space', 'drag']],
  ['Zoom', ['Ctrl', 'wheel']],
];

/** The sheet of all keys, made of the list of commands. */
export function ShortcutsDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title="Shortcuts" size="lg">
      <div className="gap-x-10 text-sm sm:columns-2">
        {commandGroups.map((group) => {
          const rows = commands.filter((command) => command.group === group && command.keys);
          return rows.length === 0 ? null : <Rows key={group} title={group} rows={rows.map(({ title, keys }) => [title, capsOf(keys)])} />;
        })}
        <Rows title="With the mouse" rows={gestures} />
      </div>
    </Dialog>
  );
}

function Rows({ title, rows }: { title: string; rows: [string, string[]][] }) {
  return (
    <section className="mb-4 break-inside-avoid">
      <h3 className="text-ink-faint mb-1 text-xs font-medium">{title}</h3>
      <dl className="grid grid-cols-[1fr_auto] items-center gap-x-6 gap-y-1.5">
        {rows.map(([what, caps]) => (
          <div key={what} className="contents">
            <dt>{what}</dt>
            <dd className="flex justify-end gap-1">
              {caps.map((cap) => (
                <Kbd key={cap}>{cap}</Kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** The caps of the first way to press a command; of all four where it is the arrows. */
function capsOf(keys: Command['keys'] = []): string[] {
  const isArrows = keys.length === 4 && keys.every((key) => key.includes('Arrow'));
  return isArrows ? [...keyCaps(keys[0] ?? '').slice(0, -1), '← → ↑ ↓'] : keyCaps(keys[0] ?? '');
}
