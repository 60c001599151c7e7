import { useReactFlow } from '@xyflow/react';
import { useRef, type PointerEvent } from 'react';
import type { AnyDescription, Role } from '../../shared/catalog/define.ts';
import { catalog } from '../../shared/catalog/index.ts';
import type { Position } from '../../shared/flow.ts';
import { Tooltip } from '../ui/tooltip.tsx';
import { CatalogIcon } from './catalog-icon.tsx';
import { nodeSize, whyNotSplice } from './document.ts';
import { PointerHint } from './pointer-hint.tsx';
import { roleGroups } from './roles.ts';
import { useEditor, useEditorStore, type PaletteDrag } from './store.ts';
import { edgesUnder } from './under-pointer.ts';
import { usePlace } from './use-place.ts';

const roles: Role[] = ['sender', 'step', 'receiver'];

/** Everything that can be put onto the canvas: drag it there or onto a connection, press it, or Enter. */
export function Palette() {
  return (
    <nav aria-label="Palette" className="border-line bg-surface flex w-44 shrink-0 flex-col gap-4 overflow-y-auto border-r p-2 pt-3">
      {roles.map((role) => (
        <section key={role} aria-labelledby={`palette-${role}`} className="flex flex-col">
          <h2 id={`palette-${role}`} className="text-ink-faint px-2 pb-1 text-xs font-medium">
            {roleGroups[role]}
          </h2>
          {catalog
            .filter((description) => description.role === role)
            .map((description) => (
              <PaletteItem key={description.type} description={description} />
            ))}
        </section>
      ))}
    </nav>
  );
}

function PaletteItem({ description }: { description: AnyDescription }) {
  const store = useEditorStore();
  const place = usePlace();
  const { screenToFlowPosition } = useReactFlow();
  const start = useRef<Position | null>(null);
  const wasDragged = useRef(false);

  const handleDown = (event: PointerEvent<HTMLButtonElement>) => {
    if (event.button !== 0) return;
    wasDragged.current = false;
    start.current = { x: event.clientX, y: event.clientY };
    event.currentTarget.setPointerCapture(event.pointerId);
  };

  const handleMove = (event: PointerEvent<HTMLButtonElement>) => {
    const pointer = { x: event.clientX, y: event.clientY };
    if (!start.current) return;
    if (!wasDragged.current && Math.hypot(pointer.x - start.current.x, pointer.y - start.current.y) < 5) return;
    wasDragged.current = true;
    store.getState().set({ paletteDrag: dragAt(description.type, pointer) });
  };

  const handleUp = (event: PointerEvent<HTMLButtonElement>) => {
    start.current = null;
    const drag = store.getState().paletteDrag;
    store.getState().set({ paletteDrag: null });
    if (!drag || drag.reason !== undefined || !isOverCanvas(drag.pointer)) return;
    event.preventDefault();
    const at = screenToFlowPosition(drag.pointer, { snapToGrid: false });
    const position = { x: at.x - nodeSize.width / 2, y: at.y - nodeSize.height / 2 };
    place(description.type, drag.edgeId === undefined ? { kind: 'at', position } : { kind: 'edge', edgeId: drag.edgeId, position });
  };

  const handleCancel = () => {
    start.current = null;
    store.getState().set({ paletteDrag: null });
  };

  return (
    <Tooltip text={description.summary} side="right">
      <button
        type="button"
        onPointerDown={handleDown}
        onPointerMove={handleMove}
        onPointerUp={handleUp}
        onPointerCancel={handleCancel}
        onKeyDown={(event) => {
          if (event.key === 'Escape') {
            handleCancel();
            wasDragged.current = true;
          }
        }}
        onClick={() => {
          // The click that ends a drag is no press.
          if (!wasDragged.current) place(description.type, { kind: 'next' });
          wasDragged.current = false;
        }}
        className="text-ink hover:bg-sunken flex h-9 touch-pan-y items-center gap-2.5 rounded-md px-2 text-left text-sm select-none active:cursor-grabbing"
      >
        <span
          className={
            description.role === 'step'
              ? 'bg-sunken text-ink-soft flex size-6 shrink-0 items-center justify-center rounded-sm'
              : 'bg-accent-soft text-accent flex size-6 shrink-0 items-center justify-center rounded-full'
          }
        >
          <CatalogIcon name={description.icon} size={14} />
        </span>
        {description.title}
      </button>
    </Tooltip>
  );
}

function dragAt(type: string, pointer: Position): PaletteDrag {
  const [edgeId] = edgesUnder(pointer);
  const reason = edgeId === undefined ? undefined : whyNotSplice(type);
  return { type, pointer, ...(edgeId === undefined ? {} : { edgeId }), ...(reason === undefined ? {} : { reason }) };
}

function isOverCanvas({ x, y }: Position): boolean {
  return document.elementFromPoint(x, y)?.closest('.react-flow') !== null;
}

/** What is being dragged, at the pointer. */
export function PaletteGhost() {
  const drag = useEditor((state) => state.paletteDrag);
  const description = catalog.find((candidate) => candidate.type === drag?.type);
  if (!drag || !description) return null;
  return (
    <div className="pointer-events-none fixed inset-0 z-50 overflow-hidden">
      <div
        aria-hidden
        style={{ transform: `translate(${drag.pointer.x}px, ${drag.pointer.y}px) translate(-50%, -50%)` }}
        className="border-accent bg-surface absolute flex h-11 w-44 items-center gap-2.5 rounded-lg border px-3 text-sm font-medium opacity-90 shadow-lg"
      >
        <CatalogIcon name={description.icon} className="text-accent" />
        {description.title}
      </div>
      {drag.reason !== undefined && <PointerHint at={{ x: drag.pointer.x, y: drag.pointer.y + 16 }} text={drag.reason} />}
    </div>
  );
}
