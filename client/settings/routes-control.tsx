import { ArrowDown, ArrowUp, Plus, Trash2 } from 'lucide-react';
import { useRef } from 'react';
import { maxRoutes, newRoute, type Route } from '../../shared/catalog/router.ts';
import { Button } from '../ui/button.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { TextInput } from '../ui/text-input.tsx';
import { ConditionGroupEditor } from './condition-group.tsx';
import type { ControlProps } from './field-control.tsx';
import { freeName, moved, typedRoutes } from './typed-routes.ts';

/** Routes in the order in which they are tried, each with its name and its conditions. */
export function RoutesControl({ typed, ids, labelId, onChange }: ControlProps) {
  const routes = typedRoutes(typed);
  const list = useRef<HTMLOListElement>(null);
  const add = () => {
    onChange([...routes, newRoute(freeName(routes))]);
    // The new row is drawn after this event: then its name can be typed at once.
    requestAnimationFrame(() => list.current?.querySelector<HTMLInputElement>(':scope > li:last-child input')?.select());
  };
  return (
    <fieldset aria-labelledby={labelId} aria-describedby={ids['aria-describedby']} className="flex min-w-0 flex-col gap-2">
      <ol ref={list} className="flex min-w-0 flex-col gap-2">
        {routes.map((route, index) => (
          <RouteRow
            key={route.port}
            route={route}
            index={index}
            count={routes.length}
            onChange={(changed) => onChange(routes.with(index, changed))}
            onMove={(to) => onChange(moved(routes, index, to))}
            onDelete={() => onChange(routes.toSpliced(index, 1))}
          />
        ))}
      </ol>
      {routes.length < maxRoutes && (
        <Button size="sm" className="self-start" icon={<Plus size={13} aria-hidden />} onClick={add}>
          Add route
        </Button>
      )}
    </fieldset>
  );
}

function RouteRow({
  route,
  index,
  count,
  onChange,
  onMove,
  onDelete,
}: {
  route: Route;
  index: number;
  count: number;
  onChange: (route: Route) => void;
  onMove: (to: number) => void;
  onDelete: () => void;
}) {
  const name = route.name.trim() || `Route ${index + 1}`;
  return (
    <li className="border-line bg-canvas flex min-w-0 flex-col gap-2 rounded-md border p-2">
      <div className="flex items-center gap-1">
        <span className="text-ink-faint w-5 shrink-0 text-center text-xs tabular-nums" aria-hidden>
          {index + 1}
        </span>
        <TextInput
          aria-label={`Name of route ${index + 1}`}
          placeholder="Name of the route"
          value={route.name}
          onChange={(changed) => onChange({ ...route, name: changed })}
        />
        <IconButton
          size="sm"
          label={`Try ${name} earlier`}
          icon={<ArrowUp size={14} aria-hidden />}
          aria-disabled={index === 0}
          onClick={() => index > 0 && onMove(index - 1)}
        />
        <IconButton
          size="sm"
          label={`Try ${name} later`}
          icon={<ArrowDown size={14} aria-hidden />}
          aria-disabled={index === count - 1}
          onClick={() => index < count - 1 && onMove(index + 1)}
        />
        <IconButton size="sm" label={`Delete ${name}`} icon={<Trash2 size={14} aria-hidden />} onClick={onDelete} />
      </div>
      <ConditionGroupEditor group={route.when} name={`of ${name}`} onChange={(when) => onChange({ ...route, when })} />
    </li>
  );
}
