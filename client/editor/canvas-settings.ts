import { useSyncExternalStore } from 'react';

/** How a person likes the canvas, kept in this browser. */
export interface CanvasSettings {
  /** What the wheel does by itself; with Ctrl or ⌘ it zooms always. */
  wheel: 'pan' | 'zoom';
  /** `auto`: shown from `mapFromNodes` nodes on. */
  map: 'auto' | 'on' | 'off';
  /** Dragged nodes jump into line with others. */
  hasGuides: boolean;
}

export const mapFromNodes = 15;

const key = 'mailroom.canvas';
const standard: CanvasSettings = { wheel: 'pan', map: 'auto', hasGuides: true };

let current: CanvasSettings | undefined;
const listeners = new Set<() => void>();

export function canvasSettings(): CanvasSettings {
  current ??= read();
  return current;
}

export function setCanvasSettings(patch: Partial<CanvasSettings>): void {
  current = { ...canvasSettings(), ...patch };
  try {
    localStorage.setItem(key, JSON.stringify(current));
  } catch {
    // A browser that keeps nothing still has it until the page is left.
  }
  for (const listener of listeners) listener();
}

export function useCanvasSettings(): CanvasSettings {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, canvasSettings);
}

export function isMapShown({ map }: CanvasSettings, nodeCount: number): boolean {
  return map === 'auto' ? nodeCount >= mapFromNodes : map === 'on';
}

/** What was kept, as far as it can be understood. */
export function settingsFrom(text: string | null): CanvasSettings {
  let kept: unknown;
  try {
    kept = JSON.parse(text ?? '');
  } catch {
    return standard;
  }
  if (typeof kept !== 'object' || kept === null) return standard;
  const { wheel, map, hasGuides } = kept as Record<string, unknown>;
  return {
    wheel: wheel === 'zoom' ? 'zoom' : 'pan',
    map: map === 'on' || map === 'off' ? map : 'auto',
    hasGuides: hasGuides !== false,
  };
}

function read(): CanvasSettings {
  try {
    return settingsFrom(localStorage.getItem(key));
  } catch {
    return standard;
  }
}
