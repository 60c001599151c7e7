import { useEffect } from 'react';
import { rememberCopied } from './clipboard.ts';
import { commandForKey, commandsOfKey } from './command-list.ts';
import { clipboardTextOf, deleteTarget, pasteText } from './commands-edit.ts';
import { reaches, type Command, type CommandTools, type Reach } from './commands.ts';
import { keyOf } from './keys.ts';
import { countText } from './roles.ts';
import { currentTarget } from './target.ts';

/**
 * The keyboard of the editor: each key calls its command. Fields that are typed into keep their own keys; undo only from the first
 * letter on, because before that a field has nothing to undo, and what is meant is the drawing.
 */
export function useShortcuts(tools: CommandTools, { isReadOnly, isOn }: { isReadOnly: boolean; isOn: boolean }): void {
  useEffect(() => {
    if (!isOn) return undefined;
    const ended = new AbortController();
    const { store, canvas } = tools;

    /** The text field that was typed into since it got the focus. */
    let typedInto: EventTarget | null = null;

    const handleKey = (event: KeyboardEvent) => {
      const key = keyOf(event);
      const place = placeOf(event.target, canvas.current);
      const isUntouched = place === 'typing' && historyKeys.has(key) && typedInto !== event.target;
      const reached = isUntouched ? 'editor' : place;
      const isMeant = ({ reach }: Command) => hasReach(reach, reached) && (!event.defaultPrevented || reach === 'everywhere');
      if (!commandsOfKey(key).some(isMeant)) return;
      // These press the button that holds the focus.
      if ((key === 'Enter' || key === ' ') && isButton(event.target)) return;
      // Also where the command has nothing to do: the browser's own, such as a bookmark, is never meant.
      event.preventDefault();
      const called = commandForKey(key, currentTarget(store), tools, isReadOnly);
      if (called) called.command.run(tools, called.target, key);
    };
    window.addEventListener('input', ({ target }) => (typedInto = target), ended);
    window.addEventListener('focusin', () => (typedInto = null), ended);
    window.addEventListener('keydown', handleKey, ended);
    return () => ended.abort();
  }, [tools, isReadOnly, isOn]);

  useEffect(() => {
    if (isReadOnly || !isOn) return undefined;
    const ended = new AbortController();
    const { store, canvas } = tools;

    const handleCopy = (event: ClipboardEvent) => {
      if (placeOf(event.target, canvas.current) !== 'canvas' || getSelection()?.isCollapsed === false) return;
      const target = currentTarget(store);
      const text = clipboardTextOf(store, target);
      if (text === undefined || target.kind !== 'nodes') return;
      event.clipboardData?.setData('text/plain', text);
      rememberCopied(text);
      event.preventDefault();
      if (event.type === 'cut') deleteTarget(store, target);
      else store.getState().announce(`Copied ${countText(target.ids.length, 'node')}`);
    };

    const handlePaste = (event: ClipboardEvent) => {
      if (placeOf(event.target, canvas.current) !== 'canvas') return;
      pasteText(tools, event.clipboardData?.getData('text/plain') ?? '', { kind: 'canvas' });
    };

    window.addEventListener('copy', handleCopy, ended);
    window.addEventListener('cut', handleCopy, ended);
    window.addEventListener('paste', handlePaste, ended);
    return () => ended.abort();
  }, [tools, isReadOnly, isOn]);
}

const historyKeys = new Set(['Mod+z', 'Mod+y', 'Mod+Shift+z']);

function hasReach(reach: Reach = 'canvas', place: Reach): boolean {
  return reaches.indexOf(reach) >= reaches.indexOf(place);
}

/** What a command must reach to work where this element is. */
function placeOf(target: EventTarget | null, canvas: HTMLElement | null): Reach {
  if (isInDialog(target)) return 'everywhere';
  if (isTyping(target)) return 'typing';
  // The outline is the drawing in another form.
  if (target instanceof Element && target.closest('[data-drawing]')) return 'canvas';
  // A press on the empty canvas leaves the focus on what is around it.
  const isOnCanvas = target instanceof Node && canvas !== null && (canvas.contains(target) || target.contains(canvas));
  return isOnCanvas ? 'canvas' : 'editor';
}

function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'button'].includes(target.type);
  return target instanceof HTMLElement && target.isContentEditable;
}

function isInDialog(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('dialog, [role="dialog"], [role="menu"], [role="listbox"]') !== null;
}

function isButton(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('button, a, [role="button"]') !== null;
}
