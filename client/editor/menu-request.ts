import type { Position } from '../../shared/flow.ts';

/** A finger that stays this long, in ms, asks for the menu. */
const longPressMs = 500;
/** A finger that moves farther than this, in px, drags. */
const slackPx = 10;

/**
 * Calls `open` when a menu is asked for on the canvas: right button, menu key, long press. Some browsers make an event of a long press
 * and some do not, so it is timed here, too; where both happen the menu opens once.
 *
 * @param open returns false where there is no menu
 * @returns ends listening
 */
export function listenForMenu(area: HTMLElement, open: (at: Position, element: Element) => boolean): () => void {
  const ended = new AbortController();
  // Captured, because the canvas keeps touches of nodes for itself. Not passive, because a press that opened a menu is no click.
  const options = { capture: true, passive: false, signal: ended.signal };
  let press: { at: Position; timer: ReturnType<typeof setTimeout>; hasOpened: boolean } | null = null;

  const openAt = (at: Position, target: EventTarget | null) =>
    target instanceof Element && target.closest('.react-flow') !== null && !isField(target) && open(at, target);

  const begin = (event: TouchEvent) => {
    end();
    const [touch] = event.touches;
    if (event.touches.length !== 1 || !touch) return;
    const at = { x: touch.clientX, y: touch.clientY };
    const timer = setTimeout(() => {
      if (press) press.hasOpened = openAt(at, event.target);
    }, longPressMs);
    press = { at, timer, hasOpened: false };
  };
  const move = (event: TouchEvent) => {
    const [touch] = event.touches;
    if (!press || !touch) return;
    if (press.hasOpened) event.stopPropagation();
    else if (Math.hypot(touch.clientX - press.at.x, touch.clientY - press.at.y) > slackPx) end();
  };
  const end = (event?: TouchEvent) => {
    if (!press) return;
    clearTimeout(press.timer);
    if (press.hasOpened) event?.preventDefault();
    press = null;
  };

  area.addEventListener('touchstart', begin, options);
  area.addEventListener('touchmove', move, options);
  area.addEventListener('touchend', end, options);
  area.addEventListener('touchcancel', () => end(), options);
  area.addEventListener(
    'contextmenu',
    (event) => {
      if (press?.hasOpened) {
        event.preventDefault();
        return;
      }
      const hasOpened = openAt({ x: event.clientX, y: event.clientY }, event.target);
      if (!hasOpened) return;
      event.preventDefault();
      if (press) press.hasOpened = true;
    },
    options,
  );
  return () => {
    end();
    ended.abort();
  };
}

/** Text fields keep the menu of the browser, with its spelling and paste. */
function isField(element: Element): boolean {
  return element.closest('input, textarea') !== null;
}
