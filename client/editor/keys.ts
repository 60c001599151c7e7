/** A key press as text: `KeyboardEvent.key`, letters in lower case, with `Mod+` (Ctrl or ⌘), `Alt+`, `Shift+` before it, in this order. */
export function keyOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  // A sign such as "?" needs Shift on one keyboard and not on another.
  const isSign = key.length === 1 && key === key.toUpperCase();
  return [(event.ctrlKey || event.metaKey) && 'Mod', event.altKey && 'Alt', event.shiftKey && !isSign && 'Shift', key]
    .filter(Boolean)
    .join('+');
}

const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent);

const names: Record<string, string> = {
  Mod: isMac ? '⌘' : 'Ctrl',
  Alt: isMac ? '⌥' : 'Alt',
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Delete: 'Del',
  Backspace: '⌫',
  Escape: 'Esc',
  ' ': 'Space',
  '-': '−',
};

/** What stands on the keys: `Mod+z` is `['Ctrl', 'Z']`. */
export function keyCaps(keys: string): string[] {
  // A plus with nothing behind it is the key itself.
  return keys.split(/\+(?=.)/).map((key) => names[key] ?? (key.length === 1 ? key.toUpperCase() : key));
}
