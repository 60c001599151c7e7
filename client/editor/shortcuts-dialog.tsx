import { Dialog } from '../ui/dialog.tsx';
import { Kbd } from '../ui/kbd.tsx';

const shortcuts: [string, string[]][] = [
  ['Undo', ['Ctrl', 'Z']],
  ['Redo', ['Ctrl', 'Y']],
  ['Save', ['Ctrl', 'S']],
  ['Copy, cut, paste', ['Ctrl', 'C / X / V']],
  ['Duplicate', ['Ctrl', 'D']],
  ['Select all', ['Ctrl', 'A']],
  ['Delete; the connection heals', ['Del']],
  ['Go along the flow', ['← → ↑ ↓']],
  ['Move the selection', ['Alt', '← → ↑ ↓']],
  ['Open properties', ['Enter']],
  ['Close, deselect', ['Esc']],
  ['Rename', ['F2']],
  ['Fit to view', ['1']],
  ['Select an area', ['Shift', 'drag']],
  ['Pan', ['Space', 'drag']],
  ['Zoom', ['Ctrl', 'wheel']],
  ['This list', ['?']],
];

export function ShortcutsDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title="Shortcuts">
      <dl className="grid grid-cols-[1fr_auto] items-center gap-x-6 gap-y-1.5 text-sm">
        {shortcuts.map(([what, keys]) => (
          <div key={what} className="contents">
            <dt>{what}</dt>
            <dd className="flex justify-end gap-1">
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
